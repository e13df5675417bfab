//! Counts of ranges equal the events in them.

use std::collections::BTreeMap;

use base::{Context, Timestamp};
use serde_json::{Value, json};
use testkit::World;

use super::{BATCH, DAY, until};

const MINUTE: i64 = 60 * 1_000;

testkit::stories!(a_range_is_counted_to_the_moment);

/// Counts by name and by category, of all users and of one user.
///
/// A range may begin and end at any time, also within an hour.
async fn a_range_is_counted_to_the_moment(world: World) {
    let start = Context::system().now().floor_to(DAY).plus_millis(-40 * DAY);
    let mut events = Vec::new();
    for at in 0..400_i64 {
        // At intervals of ten minutes, with a gap of a day and a half.
        let timestamp =
            start.plus_millis(at * 10 * MINUTE + if at < 200 { 0 } else { 36 * 60 * MINUTE });
        let user = [&world.alice, &world.bob][usize::from(at % 3 == 0)];
        let (name, category) =
            [("view", "engagement"), ("buy", "conversion")][usize::from(at % 5 == 0)];
        events.push(json!({"event_id": at.to_string(), "name": name, "category": category, "user_id": user.id, "timestamp": timestamp}));
    }
    drop(
        world
            .tenant
            .api
            .post(BATCH, json!({"events": events}))
            .await
            .expect(200),
    );
    let moment = |event: &Value| {
        event["timestamp"]
            .as_str()
            .expect("a time")
            .parse::<Timestamp>()
            .expect("a time")
    };
    for (from, to) in [
        (0, 1),
        (25, 3 * 60),
        (25, 5 * 24 * 60 + 7),
        (60, 26 * 60),
        (3, 24 * 60 * 6),
    ] {
        let from = start.plus_millis(from * MINUTE);
        let to = start.plus_millis(to * MINUTE);
        for user in [None, Some(&world.alice.id), Some(&world.bob.id)] {
            let of = user.map_or_else(String::new, |user| format!("&user_id={user}"));
            let counted = settled(
                &world,
                &format!("/v1/analytics/counts?from={from}&to={to}{of}"),
            )
            .await;
            let within = |event: &&Value| {
                moment(event) >= from
                    && moment(event) < to
                    && user.is_none_or(|user| event["user_id"] == **user)
            };
            let by = |field: &str| {
                let mut counts = BTreeMap::<String, i64>::new();
                events.iter().filter(within).for_each(|event| {
                    *counts
                        .entry(event[field].as_str().unwrap_or("").to_owned())
                        .or_default() += 1;
                });
                json!(counts)
            };
            assert_eq!(
                (&counted["names"], &counted["categories"]),
                (&by("name"), &by("category")),
                "{from} {to} {of}"
            );
            assert_eq!(counted["all_names"], true);
        }
    }
}

/// Returns the response once no event of its range is pending.
async fn settled(world: &World, path: &str) -> Value {
    until(async || world.tenant.api.get(path).await.expect(200)["pending"] == 0).await;
    world.tenant.api.get(path).await.expect(200)
}
