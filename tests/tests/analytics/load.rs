//! Load test of event ingestion while a user of another tenant sends messages.
//!
//! `CAAS_EVENTS` sets the number of events sent one by one; ten times as many are sent in batches
//! of a thousand. The figures are printed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::{Value, json};
use testkit::World;
use testkit::api::Client;

use super::{BATCH, event};

/// Concurrent clients that send events one by one.
const TELLERS: usize = 16;

/// Concurrent clients that send batches of a thousand: within the share of a tenant.
const BATCHES: usize = 4;

testkit::stories!(others_chat_while_events_come);

/// All events are stored, and every send of another tenant's user succeeds.
async fn others_chat_while_events_come(world: World) {
    let events = std::env::var("CAAS_EVENTS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(160);
    let chat = Chat::begin(&world).await;
    let alone = chat
        .while_running(tokio::time::sleep(Duration::from_millis(events as u64)))
        .await;
    let mut single = Duration::ZERO;
    let mut batches = Duration::ZERO;
    let during_single = chat
        .while_running(async { single = one_by_one(&world, events).await })
        .await;
    let during_batches = chat
        .while_running(async { batches = by_the_thousand(&world, events / 100).await })
        .await;
    let path = format!("/v1/analytics/counts?user_id={}", world.alice.id);
    let told = events / TELLERS * TELLERS + (events / 100).div_ceil(BATCHES) * BATCHES * 1_000;
    assert_eq!(
        world.tenant.api.get(&path).await.expect(200)["events"],
        told
    );
    let rate = |events: usize, took: Duration| {
        f64::from(u32::try_from(events).unwrap_or(u32::MAX)) / took.as_secs_f64()
    };
    let single = rate(events, single);
    let batches = rate(told - events / TELLERS * TELLERS, batches);
    print(&format!(
        "{:?}: one by one {single:.0}/s, by the thousand {batches:.0}/s; another's sends alone {alone}, \
         beside the first {during_single}, beside the second {during_batches}",
        world.config.engine,
    ));
}

async fn one_by_one(world: &World, events: usize) -> Duration {
    let begun = Instant::now();
    let tellers = (0..TELLERS).map(async |teller| {
        for at in 0..events / TELLERS {
            let told = event(&format!("{teller}.{at}"), "view", &world.alice.id);
            drop(
                world
                    .tenant
                    .api
                    .post("/v1/analytics/events", told)
                    .await
                    .expect(201),
            );
        }
    });
    join_all(tellers).await;
    begun.elapsed()
}

async fn by_the_thousand(world: &World, batches: usize) -> Duration {
    let begun = Instant::now();
    let tellers = (0..BATCHES).map(async |teller| {
        for at in 0..batches.div_ceil(BATCHES) {
            let event = |n| event(&format!("{teller}.{at}.{n}"), "view", &world.alice.id);
            let batch = json!({"events": (0..1_000).map(event).collect::<Vec<Value>>()});
            assert_eq!(
                world.tenant.api.post(BATCH, batch).await.expect(200)["new"],
                1_000
            );
        }
    });
    join_all(tellers).await;
    begun.elapsed()
}

/// A user of another tenant that sends messages one after the other.
struct Chat {
    api: Client,
    path: String,
}

impl Chat {
    async fn begin(world: &World) -> Self {
        let stranger = &world.stranger_from_other_tenant;
        let room = world.other_tenant.group(&[stranger]).await;
        let api = world.other_tenant.api.acting_as(&stranger.id);
        Self {
            api,
            path: format!("/v1/conversations/{room}/messages"),
        }
    }

    /// Sends messages while a future runs; returns the median and the 99th percentile of their
    /// latencies.
    async fn while_running(&self, other: impl Future<Output = ()>) -> String {
        let over = AtomicBool::new(false);
        let sends = async {
            let mut took = Vec::new();
            while !over.load(Ordering::SeqCst) {
                let begun = Instant::now();
                drop(
                    self.api
                        .post(&self.path, json!({"content": "hello"}))
                        .await
                        .expect(201),
                );
                took.push(begun.elapsed());
            }
            took
        };
        let other = async {
            other.await;
            over.store(true, Ordering::SeqCst);
        };
        let (mut took, ()) = tokio::join!(sends, other);
        took.sort_unstable();
        let at = |part: usize| {
            took.get(took.len() * part / 100)
                .copied()
                .unwrap_or_default()
        };
        format!("{:.1?} (99 of 100 under {:.1?})", at(50), at(99))
    }
}

#[expect(
    clippy::print_stdout,
    reason = "the figures are for whoever runs it by hand"
)]
fn print(figures: &str) {
    println!("{figures}");
}
