//! Under faults and load, no acknowledged message is lost, doubled or
//! reordered, and no answer is dishonest: the laws of `testkit::ledger`.
//!
//! Seen to fail with the server's `CAAS_PLANT=answer-before-commit`
//! (acknowledged messages are gone after a kill).

#![cfg(test)]

use serde_json::json;
use testkit::ledger::{Ledger, broken};
use testkit::load::{Listener, Sender, Stop, audit};
use testkit::mongod::ReplicaSet;
use testkit::{Caas, Combination, Engine, Home, Person, Tenant, Tier, World};
use tokio::task::JoinSet;

/// Kills of the server in a test run; `CAAS_KILLS` names another number.
const KILLS: usize = 20;
/// Acknowledged sends between two faults.
const BETWEEN: usize = 40;
/// People who send at once.
const SENDERS: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_under_load_break_no_law() {
    let kills = std::env::var("CAAS_KILLS")
        .ok()
        .and_then(|kills| kills.parse().ok())
        .unwrap_or(KILLS);
    let mut world = World::new(Combination {
        engine: Engine::Sqlite,
        tier: Tier::Pro,
    })
    .await;
    let load = Load::start(&world.tenant, &[world.caas.url()]).await;
    for _ in 0..kills {
        load.goes_on().await;
        world.caas.kill().await;
        world.caas.run().await;
    }
    load.goes_on().await;
    load.ends_lawfully().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_and_two_elections_break_no_law() {
    if !Engine::MongoDb.covered() {
        return;
    }
    let mut set = ReplicaSet::start(3).await.expect("three members");
    let home = Home::on(&set.uri());
    let one = Caas::start(&home).await;
    let other = Caas::start(&home.neighbour()).await;
    let tenant = Tenant::create(&one, "ours", Tier::Free).await;
    let load = Load::start(&tenant, &[one.url(), other.url()]).await;
    for _ in 0..2 {
        load.goes_on().await;
        set.kill_primary().await.expect("a primary to kill");
        load.goes_on().await;
        set.revive().await.expect("the member comes back");
    }
    load.goes_on().await;
    load.ends_lawfully().await;
}

testkit::stories! {
    /// Records that wait together are written together.
    /// Seen to fail with `CAAS_PLANT=write-one-by-one`.
    async fn load_is_written_in_batches(world: World) {
        let load = Load::start(&world.tenant, &[world.caas.url()]).await;
        react_at_once(&world, &load).await;
        load.goes_on().await;
        load.ends_lawfully().await;
        let mut means = vec![("records", "runs")];
        if world.combination.engine == Engine::MongoDb {
            means.push(("transaction_records", "transactions"));
        }
        for (sum, count) in means {
            let counted = async |name| world.caas.metric(&format!("caas_store_{name}_total")).await;
            let sum = counted(sum).await;
            let count = counted(count).await;
            assert!(sum > count, "{sum} in {count} batches");
        }
    }
}

/// Clients that send to one conversation through several nodes, and two
/// devices that listen on each.
struct Load {
    ledger: Ledger,
    conversation: String,
    people: Vec<Person>,
    listeners: Vec<Listener>,
    senders: JoinSet<usize>,
    stop: Stop,
}

impl Load {
    async fn start(tenant: &Tenant, nodes: &[String]) -> Self {
        let ledger = Ledger::default();
        let stop = Stop::default();
        let mut people = Vec::new();
        for number in 0..SENDERS {
            people.push(tenant.person(&format!("sender-{number}")).await);
        }
        let conversation = tenant.group(&people.iter().collect::<Vec<_>>()).await;
        let listen = |node: &String| {
            [0, 1].map(|at| Listener::start(node, &tenant.id, &people[at], node, &ledger))
        };
        let listeners = nodes.iter().flat_map(listen).collect();
        let mut senders = JoinSet::new();
        for (number, person) in people.iter().enumerate() {
            let person = person.at(&nodes[number % nodes.len()]);
            let conversation = conversation.clone();
            let word = "ours".to_owned();
            let ledger = ledger.clone();
            senders.spawn(
                Sender {
                    person,
                    conversation,
                    word,
                    ledger,
                }
                .run(stop.clone()),
            );
        }
        Self {
            ledger,
            conversation,
            people,
            listeners,
            senders,
            stop,
        }
    }

    /// Waits until more sends are acknowledged.
    async fn goes_on(&self) {
        let goal = self.ledger.acknowledged() + BETWEEN;
        while self.ledger.acknowledged() < goal {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    }

    /// Lets every send and listener come to its end, and checks the laws.
    async fn ends_lawfully(mut self) {
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
        let broken = broken(&audit(&self.ledger, &self.conversation, &people).await);
        assert!(broken.is_empty(), "{broken:#?}");
    }
}

/// Everybody reacts to one message at once, again and again.
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
        world.combination
    );
}
