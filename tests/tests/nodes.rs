//! Two servers on one replica set act as one.
//!
//! Verified to fail with `CAAS_FAULT=change-stream-stopped`: Bob then receives nothing.

#![cfg(test)]

use serde_json::{Value, json};
use testkit::socket::{Cursors, Socket};
use testkit::{DataDir, Engine, ServerProcess, Tenant, TestUser, Tier};

/// A tenant with a user on each of two nodes.
struct Nodes {
    one: ServerProcess,
    other: ServerProcess,
    tenant: Tenant,
    alice: TestUser,
    bob: TestUser,
}

impl Nodes {
    async fn start() -> Self {
        let data_dir = DataDir::new(Engine::MongoDb).await;
        let one = ServerProcess::start(&data_dir).await;
        let other = ServerProcess::start(&data_dir.for_second_node()).await;
        let tenant = Tenant::create(&one, "ours", Tier::Free).await;
        let alice = tenant.person("alice").await;
        let bob = tenant.person("bob").await.at(&other.url());
        Self {
            one,
            other,
            tenant,
            alice,
            bob,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_a_tick_and_typing_cross_from_node_to_node() {
    if !Engine::MongoDb.covered() {
        return;
    }
    let nodes = Nodes::start().await;
    let group = nodes.tenant.group(&[&nodes.alice, &nodes.bob]).await;
    let mut alice = nodes.alice.socket().await;
    let mut bob = nodes.bob.socket().await;
    let sent = alice.say(&group, "1", "hello").await;
    assert_eq!(bob.wait_for("message.new").await["data"]["id"], sent["id"]);
    bob.send(json!({"t": "typing", "conversation_id": group, "typing": true}))
        .await;
    alice.wait_for("typing.started").await;
    bob.send(json!({"t": "read", "conversation_id": group, "seq": sent["seq"]}))
        .await;
    let bobs = |frame: &Value| {
        frame["type"] == "read.updated" && frame["data"]["user_id"] == json!(nodes.bob.id)
    };
    assert_eq!(alice.wait_until(bobs).await["data"]["seq"], sent["seq"]);
    drop((nodes.one, nodes.other));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_added_on_one_node_follows_on_the_other() {
    if !Engine::MongoDb.covered() {
        return;
    }
    let nodes = Nodes::start().await;
    let mut bob = nodes.bob.socket().await;
    let group = nodes.tenant.group(&[&nodes.alice, &nodes.bob]).await;
    bob.wait_for("conversation.created").await;
    nodes.alice.say(&group, "hello").await;
    assert_eq!(
        bob.wait_for("message.new").await["data"]["content"],
        "hello"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suspension_on_one_node_closes_sockets_on_the_other() {
    if !Engine::MongoDb.covered() {
        return;
    }
    let nodes = Nodes::start().await;
    let bob = nodes.bob.socket().await;
    nodes
        .one
        .command(&["tenant", "suspend", &nodes.tenant.id])
        .await
        .expect("the tenant is suspended");
    let closed = bob.closed().await;
    assert_eq!(
        (closed.code, closed.reason.as_str()),
        (Some(4003), "tenant_suspended")
    );
}

/// A user who disconnects from one node is still online by a device on another node.
///
/// This applies to the same device, too. The user is offline once the last connection is closed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_is_there_as_long_as_a_device_is_on_any_node() {
    if !Engine::MongoDb.covered() {
        return;
    }
    let nodes = Nodes::start().await;
    let one = nodes.one.url();
    let other = nodes.other.url();
    let token = &nodes.bob.token;
    let group = nodes.tenant.group(&[&nodes.alice, &nodes.bob]).await;
    let mut alice = nodes.alice.socket().await;
    drop(alice.ask(json!({"t": "presence", "ref": "w", "user_ids": [nodes.bob.id], "conversation_id": group})).await);
    let is_on =
        |frame: &Value| frame["type"] == "presence.changed" && frame["data"]["online"] == true;
    let is_off =
        |frame: &Value| frame["type"] == "presence.changed" && frame["data"]["online"] == false;
    alice.wait_until(is_off).await;
    let phone = Socket::resume(&one, token, "phone", Cursors::default()).await;
    let mut laptop = Socket::resume(&other, token, "laptop", Cursors::default()).await;
    // The response to a presence frame is sent once it is stored.
    let there = json!({"t": "presence", "ref": "p", "online": true});
    drop(laptop.ask(there.clone()).await);
    phone.close().await;
    let mut tablet = Socket::resume(&one, token, "tablet", Cursors::default()).await;
    drop(tablet.ask(there.clone()).await);
    drop(alice.ask(json!({"t": "ping", "ref": "told so far"})).await);
    assert!(alice.waiting().iter().any(is_on), "{:?}", alice.waiting());
    assert!(!alice.waiting().iter().any(is_off), "{:?}", alice.waiting());
    let mut moved = Socket::resume(&other, token, "tablet", Cursors::default()).await;
    drop(moved.ask(there.clone()).await);
    laptop.close().await;
    tablet.close().await;
    // The user may be offline briefly, until the other node receives the change and stores that
    // the device is connected.
    let mut looks = 0..1_000;
    let mut watcher = nodes.alice.socket().await;
    // Stored after the first node's change for the tablet.
    drop(watcher.ask(there).await);
    let shown = loop {
        drop(
            watcher
                .ask(json!({"t": "presence", "ref": "w", "user_ids": [nodes.bob.id], "conversation_id": group}))
                .await,
        );
        if watcher.wait_for("presence.changed").await["data"]["online"] == true {
            break true;
        }
        if looks.next().is_none() {
            break false;
        }
    };
    assert!(shown, "the tablet is connected to the other node");
    moved.close().await;
    let mut last = nodes.alice.socket().await;
    drop(last.ask(json!({"t": "presence", "ref": "w", "user_ids": [nodes.bob.id], "conversation_id": group})).await);
    last.wait_until(is_off).await;
}
