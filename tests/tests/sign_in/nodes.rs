//! Sessions on two servers over one replica set.

use serde_json::json;
use testkit::api::Client;
use testkit::socket::Socket;
use testkit::{DataDir, Engine, ServerProcess, Tenant, Tier, eventually};

use crate::support::PASSWORD;

/// A session that ends on one node is rejected on the other, and its socket there is closed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn session_ends_on_every_node() {
    if !Engine::MongoDb.covered() {
        return;
    }
    let data_dir = DataDir::new(Engine::MongoDb).await;
    let one = ServerProcess::start(&data_dir).await;
    let other = ServerProcess::start(&data_dir.for_second_node()).await;
    let tenant = Tenant::create(&one, "ours", Tier::Free).await;
    let settings = json!({"sign_in": true, "guests": true});
    drop(tenant.api.patch("/v1/settings", settings).await.expect(200));
    let user = json!({"external_id": "ada", "email": "ada@example.com"});
    drop(tenant.api.post("/v1/users", user).await.expect(201));
    let password = Some(json!({"password": PASSWORD}));
    let path = "/v1/users/ext:ada/password";
    let set = tenant.api.call(reqwest::Method::PUT, path, password).await;
    assert_eq!(set.status, 204);
    let attempt = json!({"email": "ada@example.com", "password": PASSWORD});
    let tokens = tenant
        .visitor
        .post("/v1/auth/sign-in", attempt)
        .await
        .expect(200);
    let text = |name: &str| tokens[name].as_str().expect("a text").to_owned();
    let there = Client::new(&other.url()).bearer(&text("access_token"));
    assert_eq!(there.get("/v1/unread").await.status, 200);
    let socket = Socket::open(&other.url(), &text("access_token")).await;
    // Each node accepts the refresh token once, whichever receives it.
    let visitor = Client::new(&other.url()).bearer(&tenant.publishable_key);
    let refresh = json!({"refresh_token": text("refresh_token")});
    let (here, there_too) = tokio::join!(
        tenant.visitor.post("/v1/auth/refresh", refresh.clone()),
        visitor.post("/v1/auth/refresh", refresh),
    );
    assert_eq!(
        here.expect(200)["refresh_token"],
        there_too.expect(200)["refresh_token"]
    );
    let path = format!("/v1/users/ext:ada/sessions/{}", text("session_id"));
    assert_eq!(tenant.api.delete(&path).await.status, 204);
    let closed = socket.closed().await;
    assert_eq!(
        (closed.code, closed.reason.as_str()),
        (Some(4003), "credential_revoked")
    );
    eventually("the other node rejects the token", async || {
        there.get("/v1/unread").await.code() == "credential_revoked"
    })
    .await;
}
