//! Reasons for which connections are closed, rejected or throttled.

use serde_json::json;
use testkit::socket::{Cursors, Socket};
use testkit::{DataDir, Engine, ServerProcess, Tenant, Tier, World};

testkit::stories!(connections_end_for_a_reason, a_foreign_page_is_sent_away,);

/// Each close code is sent with its reason.
async fn connections_end_for_a_reason(world: World) {
    let base = world.server.url();
    let mut rejected = Socket::connect(&base).await.unwrap();
    rejected.send(json!({"t": "hello", "token": "x"})).await;
    ended(rejected, 4001, "unauthenticated").await;
    let first = Socket::resume(&base, &world.alice.token, "phone", Cursors::default()).await;
    let second = Socket::resume(&base, &world.alice.token, "phone", Cursors::default()).await;
    ended(first, 4009, "replaced").await;
    let bob = world.bob.socket().await;
    drop(
        world
            .tenant
            .api
            .post(&format!("/v1/users/{}/deactivate", world.bob.id), json!({}))
            .await
            .expect(200),
    );
    ended(bob, 4003, "user_deactivated").await;
    world
        .server
        .command(&["tenant", "suspend", &world.tenant.id])
        .await
        .unwrap();
    ended(second, 4003, "tenant_suspended").await;
    world
        .alice
        .api
        .get("/v1/conversations")
        .await
        .refuses(403, "tenant_suspended");
    let mut stranger = world.stranger_from_other_tenant.socket().await;
    assert_eq!(
        stranger.ask(json!({"t": "ping", "ref": "1"})).await["t"],
        "pong"
    );
    let token = &world.stranger_from_other_tenant.token;
    let me = &world.stranger_from_other_tenant.id;
    let phone = Socket::resume(&base, token, "phone", Cursors::default()).await;
    let tablet = Socket::resume(&base, token, "tablet", Cursors::default()).await;
    let mut caas = world.server;
    caas.stop().await;
    for device in [stranger, phone, tablet] {
        ended(device, 1012, "restart").await;
    }
    caas.run().await;
    // A disconnected user is not shown as online because of their former devices.
    let watcher = world.other_tenant.person("watcher").await;
    let group = world
        .other_tenant
        .group(&[&watcher, &world.stranger_from_other_tenant])
        .await;
    let mut watcher = watcher.socket().await;
    drop(
        watcher
            .ask(json!({"t": "presence", "ref": "w", "user_ids": [me], "conversation_id": group}))
            .await,
    );
    assert_eq!(
        watcher.wait_for("presence.changed").await["data"]["online"],
        false
    );
    let user = world
        .other_tenant
        .api
        .get(&format!("/v1/users/{me}"))
        .await
        .expect(200);
    assert!(user["last_seen_at"].is_string(), "{user}");
}

/// A page of an origin that the application does not list is disconnected with
/// `origin_not_allowed`.
async fn a_foreign_page_is_sent_away(world: World) {
    let tenant = &world.tenant.id;
    let app = &world.tenant.app;
    let listed = [
        "app",
        "update",
        "--tenant",
        tenant,
        "--app",
        app,
        "--origin",
        "https://ours.example",
    ];
    world
        .server
        .command(&listed)
        .await
        .expect("the application lists its origin");
    let hello = json!({"t": "hello", "token": world.alice.token});
    let mut foreign = Socket::connect_from(&world.server.url(), "https://theirs.example")
        .await
        .expect("a connection");
    foreign.send(hello.clone()).await;
    ended(foreign, 4003, "origin_not_allowed").await;
    let mut ours = Socket::connect_from(&world.server.url(), "https://ours.example")
        .await
        .expect("a connection");
    ours.send(hello).await;
    ours.wait_for("ready").await;
}

/// A WebSocket and the API share the rate limit of a user.
///
/// Frames above it are delayed, keep their order and all receive responses. A request above it
/// receives a 429 response.
#[tokio::test]
async fn a_user_who_writes_too_often_is_slowed_down() {
    let data_dir = DataDir::new(Engine::Sqlite)
        .await
        .with("CAAS_USER_REQUESTS", 1);
    let caas = ServerProcess::start(&data_dir).await;
    let tenant = Tenant::create(&caas, "ours", Tier::Free).await;
    let alice = tenant.person("alice").await;
    let bob = tenant.person("bob").await;
    let group = tenant.group(&[&alice, &bob]).await;
    let mut socket = alice.socket().await;
    for number in 0..14 {
        let name = number.to_string();
        socket
            .send(
                json!({"t": "send", "ref": name, "conversation_id": group, "client_message_id": name, "content": name}),
            )
            .await;
    }
    let mut refused = None;
    for number in 0..14 {
        let response = socket.wait_until(|frame| frame["ref"].is_string()).await;
        assert_eq!(
            (&response["ref"], &response["t"]),
            (&json!(number.to_string()), &json!("sent"))
        );
        if number >= 8 && refused.is_none() {
            refused = Some(alice.api.get("/v1/unread").await).filter(|answer| answer.status != 200);
        }
    }
    refused
        .expect("nothing is left for requests")
        .refuses(429, "rate_limited");
    drop(bob.api.get("/v1/unread").await.expect(200));
}

pub async fn ended(socket: Socket, code: u16, reason: &str) {
    let closed = socket.closed().await;
    assert_eq!((closed.code, closed.reason.as_str()), (Some(code), reason));
}
