//! Erased users are removed from the counts.

use base::Context;
use serde_json::{Value, json};
use testkit::World;

use super::{BATCH, DAY, counted, event, until};

testkit::stories!(an_erased_user_is_in_no_count);

/// The events of the erased user are in no count or list. Names that only they sent are removed.
///
/// The counts of other users' events do not change.
async fn an_erased_user_is_in_no_count(world: World) {
    let carol = world.tenant.person("carol").await;
    let old = Context::system().now().plus_millis(-100 * DAY);
    let mut events: Vec<Value> = (0..50)
        .map(|at| event(&format!("a{at}"), "view", &world.alice.id))
        .collect();
    events.extend((0..250).map(|at| event(&format!("c{at}"), "carols", &carol.id)));
    events.push(json!({"event_id": "old", "name": "carols", "category": "error", "user_id": carol.id, "timestamp": old}));
    drop(
        world
            .tenant
            .api
            .post(BATCH, json!({"events": events}))
            .await
            .expect(200),
    );
    counted(&world, 300).await;
    let erasure = world
        .tenant
        .api
        .post(&format!("/v1/users/{}/erasure", carol.id), json!({}))
        .await
        .expect(202);
    let path = format!("/v1/erasures/{}", erasure["id"].as_str().expect("an id"));
    until(async || world.tenant.api.get(&path).await.expect(200)["status"] == "done").await;
    for granularity in ["hour", "day", "month"] {
        let path = format!("/v1/analytics/metrics?granularity={granularity}");
        let metrics = world.tenant.api.get(&path).await.expect(200);
        let data = metrics["data"].as_array().expect("a list");
        assert!(
            data.iter()
                .all(|bucket| bucket["names"]["carols"].is_null()),
            "{metrics}"
        );
        assert!(
            data.iter()
                .map(|bucket| bucket["events"].as_i64())
                .eq([Some(50)]),
            "{metrics}"
        );
        assert_eq!(data[0]["unique_users"], 1);
    }
    let all = world
        .tenant
        .api
        .get("/v1/analytics/counts")
        .await
        .expect(200);
    assert_eq!(
        (&all["names"], &all["pending"]),
        (&json!({"view": 50}), &json!(0))
    );
    let export = world.tenant.api.get("/v1/analytics/events/export").await;
    assert!(!export.text.contains("carols"));
}
