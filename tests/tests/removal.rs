//! Sends that race with the removal of their sender: none is stored after the removal.
//!
//! Verified to fail with `CAAS_FAULT=authorise-before-queueing`, on one node in each of the six
//! combinations and on two nodes.

#![cfg(test)]

use std::sync::Arc;

use serde_json::{Value, json};
use testkit::{DataDir, Engine, ServerProcess, Tenant, TestUser, Tier, World};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Races of one test.
const ROUNDS: usize = 15;

/// Clients of the removed participant that send continuously.
const CLIENTS: u32 = 16;

/// Maximum number of messages of one client.
///
/// All of them together are fewer than a user may send at once, however long the removal takes.
const MESSAGES: u32 = 100;

testkit::stories!(no_message_is_stored_after_the_removal_on_one_node);

/// Both racers are in one batch of one node.
async fn no_message_is_stored_after_the_removal_on_one_node(world: World) {
    race(&world.tenant, &world.server.url()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_message_is_stored_after_the_removal_on_two_nodes() {
    if !Engine::MongoDb.covered() {
        return;
    }
    let data_dir = DataDir::new(Engine::MongoDb).await;
    let one = ServerProcess::start(&data_dir).await;
    let other = ServerProcess::start(&data_dir.for_second_node()).await;
    let tenant = Tenant::create(&one, "ours", Tier::Free).await;
    race(&tenant, &other.url()).await;
}

/// Runs the race: the removed participant sends to the server at this URL, the removal to the
/// tenant's server.
async fn race(tenant: &Tenant, url: &str) {
    for round in 0..ROUNDS {
        let bob = tenant.person(&format!("bob-{round}")).await.at(url);
        let group = tenant.group(&[&bob]).await;
        let mut clients = JoinSet::new();
        let sent = Arc::new(Semaphore::new(0));
        for client in 0..CLIENTS {
            clients.spawn(send_until_removed(
                bob.clone(),
                group.clone(),
                client.to_string(),
                sent.clone(),
            ));
        }
        // By now every client is in the middle of a send.
        drop(sent.acquire_many(2 * CLIENTS).await.expect("sends"));
        let removed = tenant
            .api
            .delete(&format!(
                "/v1/conversations/{group}/participants/{}",
                bob.id
            ))
            .await;
        assert_eq!(removed.status, 204, "{}", removed.text);
        while let Some(ended) = clients.join_next().await {
            ended.expect("a refusal");
        }
        check(&log(tenant, &group).await, &bob);
    }
}

/// Sends one message after the other until they are rejected or the maximum is reached.
async fn send_until_removed(bob: TestUser, group: String, name: String, sent: Arc<Semaphore>) {
    for number in 0..MESSAGES {
        match bob
            .send(&group, &format!("{name}.{number}"), "still here")
            .await
        {
            answer if answer.status == 201 => sent.add_permits(1),
            answer => return answer.refuses(403, "not_a_participant"),
        }
    }
}

fn check(log: &[Value], bob: &TestUser) {
    let removal = log
        .iter()
        .position(|record| record["type"] == "participant.removed")
        .expect("the removal is stored");
    let sender = |record: &Value| record["data"]["sender"]["id"] == json!(bob.id);
    let late: Vec<_> = log[removal..]
        .iter()
        .filter(|record| sender(record))
        .collect();
    assert!(late.is_empty(), "{late:#?} behind record {removal}");
}

async fn log(tenant: &Tenant, group: &str) -> Vec<Value> {
    let mut records = Vec::new();
    let mut more = true;
    while more {
        let path = format!("/v1/conversations/{group}/log?after={}", records.len());
        let page = tenant.api.get(&path).await.expect(200);
        records.extend(page["data"].as_array().cloned().expect("records"));
        more = page["has_more"] == true;
    }
    records
}
