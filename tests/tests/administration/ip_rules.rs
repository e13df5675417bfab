use serde_json::json;
use testkit::World;
use testkit::api::Client;

use crate::support::{anonymous, owner, text};

testkit::stories!(
    a_blocked_network_is_rejected_and_its_connections_close,
    allowed_networks_restrict_a_tenant_an_application_and_a_key,
);

/// A block of the platform rejects requests and closes connections; it does not lock its author
/// out unless forced, and an admin can end it.
async fn a_blocked_network_is_rejected_and_its_connections_close(world: World) {
    let ada = owner(&world).await;
    let blocks = "/admin/v1/blocked_ips";
    let elsewhere = json!({"network": "192.0.2.77/24", "reason": "abuse"});
    let block = ada.api.post(blocks, elsewhere.clone()).await.expect(201);
    assert_eq!(block["network"], "192.0.2.0/24");
    assert_eq!(block["created_by"], "ada@example.com");
    ada.api
        .post(blocks, elsewhere)
        .await
        .refuses(409, "state_conflict");
    world
        .alice
        .api
        .get("/v1/conversations")
        .await
        .has_status(200);

    let socket = world.alice.socket().await;
    let own = json!({"network": "127.0.0.0/8"});
    ada.api
        .post(blocks, own)
        .await
        .refuses(409, "state_conflict");
    let own = json!({"network": "127.0.0.0/8", "force": true});
    let block = ada.api.post(blocks, own).await.expect(201);
    let closed = socket.closed().await;
    assert_eq!(closed.code, Some(4003));
    assert_eq!(closed.reason, "address_not_allowed");
    world
        .alice
        .api
        .get("/v1/conversations")
        .await
        .refuses(403, "address_blocked");
    let anyone = Client::new(&world.server.url());
    anyone
        .get("/v1/limits")
        .await
        .refuses(403, "address_blocked");
    anyone.get("/healthz").await.has_status(200);
    let path = format!("{blocks}/{}", text(&block["id"]));
    ada.api.delete(&path).await.has_status(204);
    ada.api
        .delete(&path)
        .await
        .refuses(404, "ip_rule_not_found");
    world
        .alice
        .api
        .get("/v1/conversations")
        .await
        .has_status(200);

    let tenant = format!("/admin/v1/tenants/{}/blocked_ips", world.tenant.id);
    let own = json!({"network": "127.0.0.1", "force": true});
    let block = ada.api.post(&tenant, own).await.expect(201);
    world
        .tenant
        .api
        .get("/v1/users")
        .await
        .refuses(403, "address_blocked");
    world
        .other_tenant
        .api
        .get("/v1/users")
        .await
        .has_status(200);
    let path = format!("{tenant}/{}", text(&block["id"]));
    ada.api
        .delete(&format!("{blocks}/{}", text(&block["id"])))
        .await
        .refuses(404, "ip_rule_not_found");
    ada.api.delete(&path).await.has_status(204);
    world.tenant.api.get("/v1/users").await.has_status(200);
}

/// As soon as a tenant, an application or a key allows one network, other addresses are rejected;
/// connections close when the rule is written.
async fn allowed_networks_restrict_a_tenant_an_application_and_a_key(world: World) {
    let ada = owner(&world).await;
    let rules = format!("/admin/v1/tenants/{}/ip_whitelist", world.tenant.id);
    let allow = async |rule| text(&ada.api.post(&rules, rule).await.expect(201)["id"]);
    let remove = async |id: &str| ada.api.delete(&format!("{rules}/{id}")).await.expect(204);
    let users = async || world.tenant.api.get("/v1/users").await.status;
    let socket = world.alice.socket().await;
    let foreign = allow(json!({"network": "2001:db8::/32", "label": "office"})).await;
    assert_eq!(socket.closed().await.reason, "address_not_allowed");
    assert_eq!(users().await, 403);
    let own = allow(json!({"network": "127.0.0.0/8"})).await;
    assert_eq!(users().await, 200);
    remove(&own).await;
    remove(&foreign).await;
    assert_eq!(users().await, 200);

    let application = json!({"network": "192.0.2.0/24", "application_id": world.tenant.app});
    let of_application = allow(application).await;
    assert_eq!(users().await, 403);
    world
        .other_tenant
        .api
        .get("/v1/users")
        .await
        .has_status(200);
    remove(&of_application).await;

    let keys = format!("/admin/v1/tenants/{}/keys", world.tenant.id);
    let keys = ada.api.get(&keys).await.expect(200);
    let of_key = json!({"network": "192.0.2.0/24", "api_key_id": keys["data"][0]["id"]});
    let of_key = allow(of_key).await;
    assert_eq!(users().await, 403);
    world
        .alice
        .api
        .get("/v1/conversations")
        .await
        .has_status(200);
    remove(&of_key).await;
    assert_eq!(users().await, 200);

    let other = format!("/admin/v1/tenants/{}/ip_whitelist", world.other_tenant.id);
    let foreign = json!({"network": "192.0.2.0/24", "application_id": world.tenant.app});
    ada.api
        .post(&other, foreign)
        .await
        .refuses(404, "application_not_found");
    let wrong = json!({"network": "192.0.2.0/33"});
    ada.api
        .post(&rules, wrong)
        .await
        .refuses(400, "invalid_request");
    anonymous(&world.server)
        .get(&rules)
        .await
        .refuses(401, "unauthenticated");
}
