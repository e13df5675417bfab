//! Integrations as resources, and the handshake of webhooks.

use serde_json::json;

use crate::support::{Scene, text};

/// An integration is created, changed and deleted; its secrets are in no response.
pub async fn secrets_are_never_returned(scene: Scene) {
    let integration = scene.whatsapp("1001").await;
    let api = &scene.world.tenant.api;
    let path = format!("/v1/integrations/{}", integration.id);
    let url = text(&integration.created, "webhook_url");
    assert!(url.ends_with(&format!("/{}/{}", scene.world.tenant.id, integration.id)));
    let patch = json!({"integration_name": "Sales", "access_token": "another-token", "version": 1});
    let changed = api.patch(&path, patch).await.expect(200);
    assert_eq!(changed["integration_name"], "Sales");
    let stale = json!({"integration_name": "Help", "version": 1});
    api.patch(&path, stale)
        .await
        .refuses(409, "version_conflict");
    let shown = api.get(&path).await.expect(200);
    let listed = api.get("/v1/integrations?limit=100").await.expect(200);
    for body in [&integration.created, &changed, &shown, &listed] {
        let body = body.to_string();
        for secret in ["token-of", "another-token", "secret-of", "verify-me"] {
            assert!(!body.contains(secret), "{body}");
        }
    }
    let theirs = &scene.world.other_tenant.api;
    theirs
        .get(&path)
        .await
        .refuses(404, "integration_not_found");
    let alice = &scene.world.alice.api;
    alice.get(&path).await.refuses(403, "forbidden");
    assert_eq!(api.delete(&path).await.status, 204);
    api.get(&path).await.refuses(404, "integration_not_found");
}

/// A number has one integration of the tenant, and is free again when it is deleted.
pub async fn account_belongs_to_one_integration(scene: Scene) {
    let first = scene.whatsapp("1002").await;
    let api = &scene.world.tenant.api;
    let again = api
        .post("/v1/integrations", Scene::whatsapp_body("1002"))
        .await;
    again.refuses(409, "integration_exists");
    let mut invalid = Scene::whatsapp_body("1002");
    invalid["phone_number_id"] = json!("not a number");
    invalid["settings"]["graph_version"] = json!("../v1");
    let invalid = api.post("/v1/integrations", invalid).await;
    invalid.refuses(400, "invalid_request");
    let deleted = api.delete(&format!("/v1/integrations/{}", first.id)).await;
    assert_eq!(deleted.status, 204);
    scene.whatsapp("1002").await;
}

/// Meta's handshake returns the challenge for the verify token only.
pub async fn handshake_requires_the_verify_token(scene: Scene) {
    let integration = scene.whatsapp("1003").await;
    let path = format!(
        "/v1/webhooks/meta/{}/{}",
        scene.world.tenant.id, integration.id
    );
    let client = testkit::api::Client::new(&scene.world.server.url());
    let query = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=";
    let response = client.get(&format!("{path}?{query}verify-me")).await;
    assert_eq!((response.status, &*response.text), (200, "1158201444"));
    let response = client.get(&format!("{path}?{query}verify-m")).await;
    response.refuses(403, "verify_token_invalid");
    let other = format!(
        "/v1/webhooks/meta/{}/{}",
        scene.world.other_tenant.id, integration.id
    );
    let response = client.get(&format!("{other}?{query}verify-me")).await;
    response.refuses(404, "integration_not_found");
}
