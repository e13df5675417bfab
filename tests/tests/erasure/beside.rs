use std::time::Duration;

use testkit::ledger::{Ledger, broken};
use testkit::load::{Listener, Sender, Stop, audit};
use tokio::task::JoinSet;

use super::{CANARY, carol, erase, finished};

/// People who send at once, beside the one who is erased.
const SENDERS: usize = 4;

/// Sends that are acknowledged before, and again after the erasure.
const AROUND: usize = 30;

testkit::stories! {
    /// Carol is erased out of the conversation that the others write to.
    async fn the_ledger_notices_nothing(world: World) {
        let ledger = Ledger::default();
        let stop = Stop::default();
        let mut people = Vec::new();
        for number in 0..SENDERS {
            people.push(world.tenant.person(&format!("sender-{number}")).await);
        }
        let carol = carol(&world.tenant).await;
        let group = world.tenant.group(&people.iter().chain([&carol]).collect::<Vec<_>>()).await;
        for number in 0..50 {
            carol.say(&group, &format!("{CANARY} {number}")).await;
        }
        let node = world.caas.url();
        let mut listeners = [0, 1].map(|at| Listener::start(&node, &world.tenant.id, &people[at], &node, &ledger));
        let mut senders = JoinSet::new();
        for person in people.clone() {
            let conversation = group.clone();
            let word = "ours".to_owned();
            let ledger = ledger.clone();
            senders.spawn(Sender { person, conversation, word, ledger }.run(stop.clone()));
        }
        goes_on(&ledger).await;
        let erasure = erase(&world.tenant, &carol).await;
        finished(&world.tenant, &erasure).await;
        goes_on(&ledger).await;
        stop.now();
        while let Some(sent) = senders.join_next().await {
            sent.expect("a sender comes to its end");
        }
        let head = people[0].log(&group, 0).await.last().and_then(|record| record["seq"].as_i64()).expect("a log");
        for listener in &mut listeners {
            listener.caught_up(&group, head).await;
        }
        let broken = broken(&audit(&ledger, &group, &people.iter().collect::<Vec<_>>()).await);
        assert!(broken.is_empty(), "{broken:#?}");
    }
}

/// Waits until more sends are acknowledged.
async fn goes_on(ledger: &Ledger) {
    let goal = ledger.acknowledged() + AROUND;
    while ledger.acknowledged() < goal {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
