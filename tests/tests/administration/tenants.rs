use serde_json::json;
use testkit::World;
use testkit::api::Client;

use crate::support::{anonymous, owner, text};

testkit::stories!(
    an_owner_manages_a_tenant,
    applications_and_keys_are_managed_over_http,
);

/// A tenant is created, found, updated, suspended and resumed; its connections close.
async fn an_owner_manages_a_tenant(world: World) {
    let ada = owner(&world).await;
    let tier = world.config.tier.name();
    let new = json!({"name": "Zebra", "tier": tier, "description": "first"});
    let created = ada.api.post("/admin/v1/tenants", new).await.expect(201);
    let path = format!("/admin/v1/tenants/{}", text(&created["id"]));
    assert_eq!(created["status"], "active");
    let patch = json!({"plan": "gold", "description": null, "version": created["version"]});
    let updated = ada.api.patch(&path, patch.clone()).await.expect(200);
    assert_eq!(updated["plan"], "gold");
    assert_eq!(updated.get("description"), None);
    ada.api
        .patch(&path, patch)
        .await
        .refuses(409, "version_conflict");
    for filter in ["name=Zeb", "plan=gold"] {
        let found = ada
            .api
            .get(&format!("/admin/v1/tenants?{filter}"))
            .await
            .expect(200);
        assert_eq!(found["data"], json!([updated]), "{filter}");
    }
    let page = ada
        .api
        .get(&format!("/admin/v1/tenants?limit=1&tier={tier}"))
        .await
        .expect(200);
    assert_eq!(page["has_more"], true);
    let next = text(&page["next_cursor"]);
    let next = format!("/admin/v1/tenants?limit=1&tier={tier}&cursor={next}");
    ada.api.get(&next).await.has_status(200);
    ada.api
        .get("/admin/v1/tenants?status=active&plan=gold")
        .await
        .refuses(400, "invalid_request");

    let socket = world.alice.socket().await;
    let ours = format!("/admin/v1/tenants/{}", world.tenant.id);
    let suspended = ada
        .api
        .post(&format!("{ours}/suspend"), json!({}))
        .await
        .expect(200);
    assert_eq!(suspended["status"], "suspended");
    assert_eq!(socket.closed().await.code, Some(4003));
    world
        .alice
        .api
        .get("/v1/conversations")
        .await
        .refuses(403, "tenant_suspended");
    ada.api
        .post(&format!("{ours}/resume"), json!({}))
        .await
        .has_status(200);
    world
        .alice
        .api
        .get("/v1/conversations")
        .await
        .has_status(200);
    ada.api
        .get("/admin/v1/tenants/clnt_000000000000000000000000")
        .await
        .refuses(404, "tenant_not_found");
}

/// Applications and keys are created, listed, rotated and revoked; those of another tenant are not
/// found.
async fn applications_and_keys_are_managed_over_http(world: World) {
    let ada = owner(&world).await;
    let tenant = format!("/admin/v1/tenants/{}", world.tenant.id);
    let new = json!({"name": "web", "origins": ["https://App.example:443"]});
    let created = ada
        .api
        .post(&format!("{tenant}/applications"), new)
        .await
        .expect(201);
    assert_eq!(created["origins"], json!(["https://app.example"]));
    let application = format!("{tenant}/applications/{}", text(&created["id"]));
    let patch = json!({"settings": {"token_seconds": 60}});
    let updated = ada.api.patch(&application, patch).await.expect(200);
    assert_eq!(updated["settings"]["token_seconds"], 60);
    let rotated = ada
        .api
        .post(&format!("{application}/rotate_secret"), json!({}))
        .await
        .expect(200);
    assert_ne!(rotated["signing_secret"], created["signing_secret"]);
    let shown = ada.api.get(&application).await.expect(200);
    assert_eq!(shown.get("signing_secret"), None);

    let new = json!({"name": "server", "scopes": ["users:read"]});
    let first = ada
        .api
        .post(&format!("{application}/keys"), new)
        .await
        .expect(201);
    let key = format!("{tenant}/keys/{}", text(&first["id"]));
    let second = ada
        .api
        .post(&format!("{key}/rotate"), json!({"overlap_seconds": 0}))
        .await
        .expect(201);
    let users = async |key: &str| {
        let client = Client::new(&world.server.url()).bearer(key);
        client.get("/v1/users").await.status
    };
    assert_eq!(users(&text(&first["key"])).await, 401);
    assert_eq!(users(&text(&second["key"])).await, 200);
    let second_path = format!("{tenant}/keys/{}", text(&second["id"]));
    ada.api.delete(&second_path).await.has_status(200);
    assert_eq!(users(&text(&second["key"])).await, 401);
    let listed = ada.api.get(&format!("{tenant}/keys")).await.expect(200);
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(3));

    let other = format!("/admin/v1/tenants/{}", world.other_tenant.id);
    ada.api
        .delete(&format!("{other}/keys/{}", text(&second["id"])))
        .await
        .refuses(404, "api_key_not_found");
    ada.api
        .get(&format!("{other}/applications/{}", text(&created["id"])))
        .await
        .refuses(404, "application_not_found");
    anonymous(&world.server)
        .bearer(&world.tenant.key)
        .get("/admin/v1/tenants")
        .await
        .refuses(401, "unauthenticated");
    Client::new(&world.server.url())
        .get("/admin/v1/tenants")
        .await
        .refuses(404, "route_not_found");
}
