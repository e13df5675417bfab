//! A removed participant's racing sends: none stands after the removal.
//!
//! Seen to fail with `CAAS_PLANT=authorise-before-queueing`, with both racers
//! on one node as well as on two.

#![cfg(test)]

use serde_json::{Value, json};
use testkit::{Caas, Engine, Home, Person, Tenant, Tier};

/// Races of one test.
const ROUNDS: usize = 15;

/// Sends that race with one removal.
const SENDS: usize = 16;

testkit::stories! {
    /// Both racers are in one batch of one node.
    async fn nothing_stands_after_the_removal_on_one_node(world: World) {
        race(&world.tenant, &world.bob).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_stands_after_the_removal_on_two_nodes() {
    if !Engine::MongoDb.covered() {
        return;
    }
    let home = Home::new(Engine::MongoDb).await;
    let (one, other) = (Caas::start(&home).await, Caas::start(&home.neighbour()).await);
    let tenant = Tenant::create(&one, "ours", Tier::Free).await;
    let bob = tenant.person("bob").await.at(&other.url());
    race(&tenant, &bob).await;
}

async fn race(tenant: &Tenant, bob: &Person) {
    for round in 0..ROUNDS {
        let group = tenant.group(&[bob]).await;
        let mut sends = tokio::task::JoinSet::new();
        for number in 0..SENDS {
            let (bob, group) = (bob.clone(), group.clone());
            sends.spawn(async move { bob.send(&group, &format!("{round}.{number}"), "still here").await.status });
        }
        // The removal begins once a first send is answered, in the middle of the others.
        let first = sends.join_next().await.expect("a send").expect("an answer");
        let removed = tenant.api.delete(&format!("/v1/conversations/{group}/participants/{}", bob.id)).await;
        assert_eq!((first, removed.status), (201, 204), "{}", removed.text);
        while let Some(status) = sends.join_next().await {
            assert!(matches!(status.expect("an answer"), 201 | 403));
        }
        check(&log(tenant, &group).await, bob);
    }
}

fn check(log: &[Value], bob: &Person) {
    let removal = log.iter().position(|record| record["type"] == "participant.removed").expect("the removal stands");
    let sender = |record: &Value| record["data"]["sender"]["id"] == json!(bob.id);
    assert!(!log[removal..].iter().any(sender), "{log:#?}");
}

async fn log(tenant: &Tenant, group: &str) -> Vec<Value> {
    let page = tenant.api.get(&format!("/v1/conversations/{group}/log?after=0")).await.expect(200);
    page["data"].as_array().cloned().expect("records")
}
