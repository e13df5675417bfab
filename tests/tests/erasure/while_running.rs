use testkit::history::{HistoryRecorder, violations};
use testkit::load::{Listener, Sender, Stop, audit};
use testkit::{World, eventually};
use tokio::task::JoinSet;

use super::{CANARY, carol, erase, finished};

/// Concurrent senders during the erasure.
const SENDERS: usize = 4;

/// Sends that are acknowledged before the erasure, and again after it.
const AROUND: usize = 30;

testkit::stories!(an_erasure_does_not_affect_other_senders);

/// Carol is erased from a conversation while the others send to it.
async fn an_erasure_does_not_affect_other_senders(world: World) {
    let recorder = HistoryRecorder::default();
    let stop = Stop::default();
    let mut people = Vec::new();
    for number in 0..SENDERS {
        people.push(world.tenant.person(&format!("sender-{number}")).await);
    }
    let carol = carol(&world.tenant).await;
    let group = world
        .tenant
        .group(&people.iter().chain([&carol]).collect::<Vec<_>>())
        .await;
    for number in 0..50 {
        carol.say(&group, &format!("{CANARY} {number}")).await;
    }
    let node = world.server.url();
    let mut listeners =
        [0, 1].map(|at| Listener::start(&node, &world.tenant.id, &people[at], &node, &recorder));
    let mut senders = JoinSet::new();
    for person in people.clone() {
        let conversation = group.clone();
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
    send_more(&recorder).await;
    let erasure = erase(&world.tenant, &carol).await;
    finished(&world.tenant, &erasure).await;
    send_more(&recorder).await;
    stop.now();
    while let Some(sent) = senders.join_next().await {
        sent.expect("a sender comes to its end");
    }
    let head = people[0]
        .log(&group, 0)
        .await
        .last()
        .and_then(|record| record["seq"].as_i64())
        .expect("a log");
    for listener in &mut listeners {
        listener.caught_up(&group, head).await;
    }
    let violations =
        violations(&audit(&recorder, &group, &people.iter().collect::<Vec<_>>()).await);
    assert!(violations.is_empty(), "{violations:#?}");
}

/// Waits until more sends are acknowledged.
async fn send_more(recorder: &HistoryRecorder) {
    let goal = recorder.acknowledged() + AROUND;
    eventually("more sends are acknowledged", async || {
        recorder.acknowledged() >= goal
    })
    .await;
}
