use std::time::Duration;

use serde_json::Value;
use testkit::World;

use super::{CANARY, carol, erase, finished, words};

/// Messages that are erased while the server is killed repeatedly.
const MESSAGES: usize = 1_200;

/// Kills during one erasure.
const KILLS: usize = 4;

testkit::stories!(an_erasure_outlives_its_servers);

/// After a restart, the server continues where the killed one stopped.
async fn an_erasure_outlives_its_servers(mut world: World) {
    let carol = carol(&world.tenant).await;
    let group = world.tenant.group(&[&carol, &world.alice]).await;
    for number in 0..MESSAGES / 100 {
        let say =
            async |at: usize| drop(carol.say(&group, &format!("{CANARY} {number} {at}")).await);
        futures_util::future::join_all((0..100).map(say)).await;
    }
    let erasure = erase(&world.tenant, &carol).await;
    let mut steps = 0;
    for _ in 0..KILLS {
        steps = goes_on(&world, &erasure, steps).await;
        world.server.kill().await;
        world.server.run().await;
    }
    let done = finished(&world.tenant, &erasure).await;
    let wiped = done["report"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|line| line["collection"] == "messages");
    assert_eq!(
        wiped.and_then(|line| line["wiped"].as_u64()),
        Some(MESSAGES as u64),
        "{done}"
    );
    assert_eq!(words::left(&mut world.server, CANARY).await, [""; 0]);
}

/// Waits until another step or the whole erasure is done.
async fn goes_on(world: &World, erasure: &str, steps: i64) -> i64 {
    loop {
        let told: Value = world
            .tenant
            .api
            .get(&format!("/v1/erasures/{erasure}"))
            .await
            .expect(200);
        let now = told["steps"].as_i64().unwrap_or_default();
        if now > steps || told["status"] == "done" {
            return now;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
