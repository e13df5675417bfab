//! Ingestion of events: each is stored once, and excess ones are rejected.

use futures_util::future::join_all;
use serde_json::{Value, json};
use testkit::World;

use super::{BATCH, event};

testkit::stories!(
    what_is_too_much_is_refused_and_counted,
    everybody_names_their_own_events,
);

/// A request may have at most a thousand events.
///
/// While too many events are pending, requests are rejected at once with `Retry-After`, and the
/// rejected events are counted.
async fn what_is_too_much_is_refused_and_counted(world: World) {
    let batch = |round: usize, at: usize, events: usize| {
        let event = |n| event(&format!("{round}.{at}.{n}"), "view", &world.alice.id);
        json!({"events": (0..events).map(event).collect::<Vec<_>>()})
    };
    let tell = async |batch| world.tenant.api.post(BATCH, batch).await;
    tell(batch(0, 0, 1_001))
        .await
        .refuses(400, "invalid_request");
    let mut taken = tell(batch(0, 0, 1_000)).await.expect(200)["new"]
        .as_u64()
        .unwrap_or(0);
    assert_eq!(
        (
            taken,
            world.server.metric("caas_events_rejected_total").await
        ),
        (1_000, 0)
    );
    let mut refused = 0;
    for round in 1..100 {
        let answers = join_all((0..20).map(|at| tell(batch(round, at, 1_000)))).await;
        for answer in answers {
            if answer.status == 200 {
                taken += answer.body["new"].as_u64().unwrap_or(0);
            } else {
                assert!(answer.header("retry-after").is_some(), "{}", answer.text);
                answer.refuses(429, "rate_limited");
                refused += 1_000;
            }
        }
        if refused > 0 {
            break;
        }
    }
    assert!(refused > 0, "whatever comes is taken");
    assert_eq!(
        world.server.metric("caas_events_rejected_total").await,
        refused
    );
    assert_eq!(
        world.server.metric("caas_events_ingested_total").await,
        taken
    );
    let path = format!("/v1/analytics/counts?user_id={}", world.alice.id);
    assert_eq!(
        world.tenant.api.get(&path).await.expect(200)["names"],
        json!({"view": taken})
    );
}

/// The same event id sent by two users and by the server identifies three events.
///
/// Each is stored once and returned with its user if expanded.
async fn everybody_names_their_own_events(world: World) {
    for (status, new) in [(201, 1), (200, 0)] {
        for teller in [&world.tenant.api, &world.alice.api, &world.bob.api] {
            let told = json!({"event_id": "1", "name": "view", "category": "custom"});
            let answer = teller
                .post("/v1/analytics/events", told)
                .await
                .expect(status);
            assert_eq!(answer, json!({"new": new, "known": 1 - new}));
        }
    }
    let page = world
        .tenant
        .api
        .get("/v1/analytics/events?name=view&expand=user")
        .await
        .expect(200);
    let ids = |expanded: bool| {
        let id = |event: &Value| {
            if expanded {
                event["user"]["id"].clone()
            } else {
                event["user_id"].clone()
            }
        };
        let mut ids: Vec<_> = page["data"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|event| id(event).to_string())
            .collect();
        ids.sort();
        ids
    };
    let mut all =
        [json!(world.alice.id), json!(world.bob.id), Value::Null].map(|id| id.to_string());
    all.sort();
    assert_eq!(
        (ids(false), ids(true)),
        (all.to_vec(), all.to_vec()),
        "{page}"
    );
}
