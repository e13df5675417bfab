//! Two servers on one replica set act as one.
//!
//! Seen to fail with `CAAS_PLANT=change-stream-stopped`: Bob is told nothing then.

#![cfg(test)]

use serde_json::{Value, json};
use testkit::{Caas, Engine, Home, Person, Tenant, Tier};

/// A tenant with a user on each of two nodes.
struct Nodes {
    one: Caas,
    other: Caas,
    tenant: Tenant,
    alice: Person,
    bob: Person,
}

impl Nodes {
    async fn start() -> Self {
        let home = Home::new(Engine::MongoDb).await;
        let (one, other) = (Caas::start(&home).await, Caas::start(&home.neighbour()).await);
        let tenant = Tenant::create(&one, "ours", Tier::Free).await;
        let (alice, bob) = (tenant.person("alice").await, tenant.person("bob").await.at(&other.url()));
        Self { one, other, tenant, alice, bob }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_a_tick_and_typing_cross_from_node_to_node() {
    if !Engine::MongoDb.covered() {
        return;
    }
    let nodes = Nodes::start().await;
    let group = nodes.tenant.group(&[&nodes.alice, &nodes.bob]).await;
    let (mut alice, mut bob) = (nodes.alice.socket().await, nodes.bob.socket().await);
    let sent = alice.say(&group, "1", "hello").await;
    assert_eq!(bob.wait_for("message.new").await["data"]["id"], sent["id"]);
    bob.send(json!({"t": "typing", "conversation_id": group, "typing": true})).await;
    alice.wait_for("typing.started").await;
    bob.send(json!({"t": "read", "conversation_id": group, "seq": sent["seq"]})).await;
    let bobs = |frame: &Value| frame["type"] == "read.updated" && frame["data"]["user_id"] == json!(nodes.bob.id);
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
    assert_eq!(bob.wait_for("message.new").await["data"]["content"], "hello");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suspension_on_one_node_closes_sockets_on_the_other() {
    if !Engine::MongoDb.covered() {
        return;
    }
    let nodes = Nodes::start().await;
    let bob = nodes.bob.socket().await;
    nodes.one.command(&["tenant", "suspend", &nodes.tenant.id]).await.expect("the tenant is suspended");
    let closed = bob.closed().await;
    assert_eq!((closed.code, closed.reason.as_str()), (Some(4003), "tenant_suspended"));
}
