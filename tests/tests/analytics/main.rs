//! Analytics of a tenant's product: ingestion, counts and export.

#![cfg(test)]

mod erased;
mod intake;
mod load;
mod ranges;

use std::time::Duration;

use serde_json::{Value, json};
use testkit::World;

const BATCH: &str = "/v1/analytics/events/batch";

const DAY: i64 = 24 * 60 * 60 * 1_000;

testkit::stories!(
    events_are_counted_after_a_kill,
    an_export_is_whole_and_harmless,
);

/// Events ingested before a kill are counted once after the restart, for the tenant and for one
/// user.
async fn events_are_counted_after_a_kill(mut world: World) {
    let events: Vec<Value> = (0..300)
        .map(|at| event(&format!("e{at}"), "view", &world.alice.id))
        .collect();
    let told = world
        .tenant
        .api
        .post(BATCH, json!({"events": events}))
        .await
        .expect(200);
    assert_eq!(told, json!({"new": 300, "known": 0}));
    world.server.kill().await;
    world.server.run().await;
    let again = json!({"event_id": "e0", "name": "view", "category": "engagement"});
    assert_eq!(
        world
            .tenant
            .api
            .post("/v1/analytics/events", again)
            .await
            .expect(200)["known"],
        1
    );
    let own = json!({"event_id": "bob's", "name": "buy", "category": "conversion"});
    drop(
        world
            .bob
            .api
            .post("/v1/analytics/events", own)
            .await
            .expect(201),
    );
    let month = counted(&world, 301).await;
    assert_eq!(
        (&month["names"], &month["unique_users"]),
        (&json!({"view": 300, "buy": 1}), &json!(2))
    );
    let path = format!("/v1/analytics/counts?user_id={}", world.bob.id);
    let bobs = world.tenant.api.get(&path).await.expect(200);
    assert_eq!(
        (&bobs["events"], &bobs["categories"]),
        (&json!(1), &json!({"conversion": 1}))
    );
    let all = world
        .tenant
        .api
        .get("/v1/analytics/counts")
        .await
        .expect(200);
    assert_eq!(all["events"], 301);
    let path = format!(
        "/v1/analytics/counts?user_id={}",
        world.stranger_from_other_tenant.id
    );
    world
        .tenant
        .api
        .get(&path)
        .await
        .refuses(404, "user_not_found");
}

/// An export has all pages, and no cell that a spreadsheet would execute.
async fn an_export_is_whole_and_harmless(world: World) {
    let mut events: Vec<Value> = (0..250)
        .map(|at| event(&format!("e{at}"), "view", &world.alice.id))
        .collect();
    events.push(event("=1+1", "=cmd|'/c calc'!A1", &world.alice.id));
    drop(
        world
            .tenant
            .api
            .post(BATCH, json!({"events": events}))
            .await
            .expect(200),
    );
    let export = world.tenant.api.get("/v1/analytics/events/export").await;
    assert_eq!((export.status, export.text.lines().count()), (200, 252));
    assert!(
        export
            .header("content-type")
            .is_some_and(|kind| kind.starts_with("text/csv"))
    );
    assert!(
        export.text.contains("\"'=1+1\",\"'=cmd|'/c calc'!A1\""),
        "{}",
        export.text
    );
    assert!(!export.text.contains("\"="));
}

fn event(id: &str, name: &str, user: &str) -> Value {
    json!({"event_id": id, "name": name, "category": "engagement", "user_id": user, "data": {"$any.key": 1}})
}

/// Returns the counts of the current month once it has so many events.
async fn counted(world: &World, events: i64) -> Value {
    let month = async || {
        let page = world
            .tenant
            .api
            .get("/v1/analytics/metrics?granularity=month&limit=1")
            .await
            .expect(200);
        page["data"][0].clone()
    };
    until(async || month().await["events"] == events).await;
    month().await
}

/// Polls until the condition is true.
async fn until(is_so: impl AsyncFn() -> bool) {
    for _ in 0..600 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("it does not come about");
}
