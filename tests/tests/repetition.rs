//! Idempotency: retries, idempotency keys, and cancelled requests.
//!
//! The test of equal sends was verified to fail with `CAAS_FAULT=forget-retries`, the one of
//! cancelled requests with `CAAS_FAULT=write-in-the-request`.

#![cfg(test)]

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;
use testkit::{Engine, TestConfig, TestUser, Tier, World};

/// Number of concurrent equal sends.
const EQUAL: usize = 200;

testkit::stories!(
    two_hundred_equal_sends_are_one_message,
    a_reused_client_message_id_is_refused,
);

/// Equal sends with one idempotency key create one message with one body, also after a restart.
async fn two_hundred_equal_sends_are_one_message(mut world: World) {
    let group = world.tenant.group(&[&world.alice, &world.bob]).await;
    let path = format!("/v1/conversations/{group}/messages");
    let alice = world.alice.api.with("idempotency-key", "once");
    let bodies = join_all((0..EQUAL).map(|_| alice.post(&path, json!({"content": "hello"})))).await;
    let first = bodies[0].body.clone();
    assert!(
        bodies
            .iter()
            .all(|answer| answer.status == 201 && answer.body == first)
    );
    let replayed =
        |answer: &testkit::api::Answer| answer.headers.contains_key("idempotent-replayed");
    assert_eq!(bodies.iter().filter(|answer| !replayed(answer)).count(), 1);
    world.server.kill().await;
    world.server.run().await;
    let again = alice.post(&path, json!({"content": "hello"})).await;
    assert!(replayed(&again));
    assert_eq!(again.expect(201), first);
    assert_eq!(world.bob.history(&group).await.len(), 1);
    alice
        .post(&path, json!({"content": "something else"}))
        .await
        .refuses(409, "client_message_id_reused");
}

/// The same `client_message_id` with another text is rejected.
async fn a_reused_client_message_id_is_refused(world: World) {
    let group = world.tenant.group(&[&world.alice, &world.bob]).await;
    drop(world.alice.send(&group, "1", "hello").await.expect(201));
    drop(world.alice.send(&group, "1", "hello").await.expect(201));
    world
        .alice
        .send(&group, "1", "other")
        .await
        .refuses(409, "client_message_id_reused");
    assert_eq!(world.bob.history(&group).await.len(), 1);
}

/// Cancelled requests on SQLite; `CAAS_CUTS` sets another number for both engines.
const ON_SQLITE: usize = 5_000;
/// Cancelled requests on `MongoDB`, where each takes longer.
const ON_MONGODB: usize = 2_500;
/// At least one in so many is cancelled between the start of its write and its response.
const WITHIN: usize = 20;
/// Timeout that no request reaches.
const WHOLE: Duration = Duration::from_mins(1);
/// Maximum number of concurrent requests.
const AT_ONCE: usize = 64;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_cut_off_on_sqlite_leave_nothing_half_done() {
    cut(Engine::Sqlite, ON_SQLITE).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_cut_off_on_mongodb_leave_nothing_half_done() {
    if Engine::MongoDb.covered() {
        cut(Engine::MongoDb, ON_MONGODB).await;
    }
}

/// Cancels requests after a timeout that is adapted so that about half of them are cancelled.
///
/// Each cancelled request is repeated and must return the one message that is stored.
#[expect(
    clippy::print_stdout,
    reason = "how many hit the write is a result, not only a bound"
)]
async fn cut(engine: Engine, cuts: usize) {
    let world = World::new(TestConfig {
        engine,
        tier: Tier::Free,
    })
    .await;
    let mut people = Vec::with_capacity(AT_ONCE);
    for number in 0..AT_ONCE {
        people.push(world.tenant.person(&format!("sender-{number}")).await);
    }
    let group = world.tenant.group(&people.iter().collect::<Vec<_>>()).await;
    let cuts = std::env::var("CAAS_CUTS")
        .ok()
        .and_then(|cuts| cuts.parse().ok())
        .unwrap_or(cuts);
    let begun = Instant::now();
    join_all(
        people
            .iter()
            .zip(0..)
            .map(|(person, number)| cut_one(person, &group, format!("{number}"), WHOLE)),
    )
    .await;
    let mut patience = begun.elapsed() / 2;
    let mut sent = AT_ONCE;
    let mut cut = 0;
    while cut < cuts {
        // A request is written in its later part; every fourth round cancels at any time.
        let first = if (sent / AT_ONCE).is_multiple_of(4) {
            0
        } else {
            16
        };
        let shares = (1..).map(|share| patience * (first + share * (32 - first) / 32) / 32);
        let round = people.iter().zip(shares).enumerate();
        let round = round.map(|(number, (person, after))| {
            cut_one(person, &group, format!("{}", sent + number), after)
        });
        let here = join_all(round).await.into_iter().filter(|cut| *cut).count();
        patience = if here < AT_ONCE / 2 {
            patience * 9 / 10
        } else {
            patience * 11 / 10
        };
        (sent, cut) = (sent + AT_ONCE, cut + here);
    }
    let log = people[0].log(&group, 0).await;
    let mut ids: Vec<_> = log
        .iter()
        .filter_map(|record| record["data"]["client_message_id"].as_str())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(
        (ids.len(), log.len()),
        (sent, sent + 1),
        "each message stands once, behind the creation"
    );
    assert!(
        log.iter()
            .zip(1..)
            .all(|(record, seq)| record["seq"] == json!(seq)),
        "the log has no hole"
    );
    let within =
        usize::try_from(world.server.metric("caas_store_abandoned_total").await).expect("a count");
    println!("{within} of {cut} were cut while they were written, patience {patience:?}");
    assert!(
        within * WITHIN >= cut,
        "only {within} of {cut} were cut while they were written"
    );
}

/// Sends a request and returns whether it was cancelled. The response must be correct.
async fn cut_one(person: &TestUser, group: &str, id: String, after: Duration) -> bool {
    let path = format!("/v1/conversations/{group}/messages");
    let body = json!({"content": id, "client_message_id": id});
    let request = person.api.attempt(Method::POST, &path, Some(body.clone()));
    let answered = tokio::time::timeout(after, request).await;
    let is_cut = answered.is_err();
    let answer = match answered {
        Ok(answer) => answer.expect("the server is there"),
        Err(_) => person.api.post(&path, body).await,
    };
    assert_eq!(
        (answer.status, &answer.body["content"]),
        (201, &json!(id)),
        "{}",
        answer.text
    );
    is_cut
}
