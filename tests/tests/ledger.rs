//! Under faults and load, no acknowledged message is lost, duplicated or reordered, and no
//! response is false.
//!
//! The checkers are those of `testkit::history`.
//!
//! Verified to fail with the server's `CAAS_FAULT=answer-before-commit`: acknowledged messages
//! are lost after a kill.

#![cfg(test)]

use serde_json::json;
use testkit::history::{HistoryRecorder, violations};
use testkit::load::{Listener, Sender, Stop, audit};
use testkit::mongod::ReplicaSet;
use testkit::{
    DataDir, Engine, ServerProcess, Tenant, TestConfig, TestUser, Tier, World, eventually,
};
use tokio::task::JoinSet;

/// Kills of the server in a test; `CAAS_KILLS` sets another number.
const KILLS: usize = 20;
/// Acknowledged sends between two faults.
const BETWEEN: usize = 40;
/// Concurrent senders.
const SENDERS: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_under_load_violate_no_checker() {
    let kills = std::env::var("CAAS_KILLS")
        .ok()
        .and_then(|kills| kills.parse().ok())
        .unwrap_or(KILLS);
    let mut world = World::new(TestConfig {
        engine: Engine::Sqlite,
        tier: Tier::Pro,
    })
    .await;
    let load = Load::start(&world.tenant, &[world.server.url()]).await;
    for _ in 0..kills {
        load.send_more().await;
        world.server.kill().await;
        world.server.run().await;
    }
    load.send_more().await;
    load.check_history().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_and_two_elections_violate_no_checker() {
    if !Engine::MongoDb.covered() {
        return;
    }
    let mut set = ReplicaSet::start(3).await.expect("three members");
    let data_dir = DataDir::on(&set.uri());
    let one = ServerProcess::start(&data_dir).await;
    let other = ServerProcess::start(&data_dir.for_second_node()).await;
    let tenant = Tenant::create(&one, "ours", Tier::Free).await;
    let load = Load::start(&tenant, &[one.url(), other.url()]).await;
    for _ in 0..2 {
        load.send_more().await;
        set.kill_primary().await.expect("a primary to kill");
        load.send_more().await;
        set.revive().await.expect("the member comes back");
    }
    load.send_more().await;
    load.check_history().await;
}

testkit::stories!(load_is_written_in_batches);

/// Records that wait at the same time are written in one batch.
///
/// Verified to fail with `CAAS_FAULT=write-one-by-one`.
async fn load_is_written_in_batches(world: World) {
    let load = Load::start(&world.tenant, &[world.server.url()]).await;
    react_at_once(&world, &load).await;
    load.send_more().await;
    load.check_history().await;
    let mut means = vec![("records", "runs")];
    if world.config.engine == Engine::MongoDb {
        means.push(("transaction_records", "transactions"));
    }
    for (sum, count) in means {
        let counted = async |name| {
            world
                .server
                .metric(&format!("caas_store_{name}_total"))
                .await
        };
        let sum = counted(sum).await;
        let count = counted(count).await;
        assert!(sum > count, "{sum} in {count} batches");
    }
}

/// Clients that send to one conversation through several nodes, and two listening devices on each
/// node.
struct Load {
    recorder: HistoryRecorder,
    conversation: String,
    people: Vec<TestUser>,
    listeners: Vec<Listener>,
    senders: JoinSet<usize>,
    stop: Stop,
}

impl Load {
    async fn start(tenant: &Tenant, nodes: &[String]) -> Self {
        let recorder = HistoryRecorder::default();
        let stop = Stop::default();
        let mut people = Vec::new();
        for number in 0..SENDERS {
            people.push(tenant.person(&format!("sender-{number}")).await);
        }
        let conversation = tenant.group(&people.iter().collect::<Vec<_>>()).await;
        let listen = |node: &String| {
            [0, 1].map(|at| Listener::start(node, &tenant.id, &people[at], node, &recorder))
        };
        let listeners = nodes.iter().flat_map(listen).collect();
        let mut senders = JoinSet::new();
        for (number, person) in people.iter().enumerate() {
            let person = person.at(&nodes[number % nodes.len()]);
            let conversation = conversation.clone();
            let word = "ours".to_owned();
            let recorder = recorder.clone();
            senders.spawn(
                Sender {
                    person,
                    conversation,
                    word,
                    recorder,
                }
                .run(stop.clone()),
            );
        }
        Self {
            recorder,
            conversation,
            people,
            listeners,
            senders,
            stop,
        }
    }

    /// Waits until more sends are acknowledged.
    async fn send_more(&self) {
        let goal = self.recorder.acknowledged() + BETWEEN;
        eventually("more sends are acknowledged", async || {
            self.recorder.acknowledged() >= goal
        })
        .await;
    }

    /// Stops the senders, waits until the listeners have caught up, and runs the checkers.
    async fn check_history(mut self) {
        self.stop.now();
        while let Some(sent) = self.senders.join_next().await {
            sent.expect("a sender comes to its end");
        }
        let log = self.people[0].log(&self.conversation, 0).await;
        let head = log
            .last()
            .and_then(|record| record["seq"].as_i64())
            .expect("a log");
        for listener in &mut self.listeners {
            listener.caught_up(&self.conversation, head).await;
        }
        let people: Vec<_> = self.people.iter().collect();
        let violations = violations(&audit(&self.recorder, &self.conversation, &people).await);
        assert!(violations.is_empty(), "{violations:#?}");
    }
}

/// All users react to one message concurrently, with four emoji each.
async fn react_at_once(world: &World, load: &Load) {
    let message = load.people[0]
        .say(&load.conversation, "what do you think?")
        .await;
    let mut reactions = JoinSet::new();
    for person in load.people.clone() {
        let path = format!(
            "/v1/messages/{}/reactions",
            message["id"].as_str().expect("an id")
        );
        reactions.spawn(async move {
            for emoji in ["👍", "🎉", "👀", "🚀"] {
                let answer = person.api.put(&format!("{path}/{emoji}")).await;
                assert!(matches!(answer.status, 200 | 201 | 204), "{}", answer.text);
            }
        });
    }
    while let Some(done) = reactions.join_next().await {
        done.expect("everybody's reactions are taken");
    }
    let told = load.people[1]
        .api
        .get(&format!(
            "/v1/messages/{}",
            message["id"].as_str().expect("an id")
        ))
        .await
        .expect(200);
    assert_eq!(
        told["reactions"],
        json!({"👍": SENDERS, "🎉": SENDERS, "👀": SENDERS, "🚀": SENDERS}),
        "{}",
        world.config
    );
}
