//! Activities of users: recorded by the server and by apps, listed, and expired after 90 days.

#![cfg(test)]

use std::time::Duration;

use base::Context;
use mongodb::bson::{Document, doc};
use serde_json::{Value, json};
use testkit::World;

const NINETY_DAYS: i64 = 90 * 24 * 60 * 60 * 1_000;

/// Remaining lifetime of the old activity when it is sent, in milliseconds.
const LEFT: i64 = 2_000;

testkit::stories!(
    what_happens_to_a_user_is_noted,
    an_activity_is_not_returned_when_its_ninety_days_are_over,
);

/// Tokens, joining, leaving, settings and blocks are recorded. Other users cannot list the
/// activities.
async fn what_happens_to_a_user_is_noted(world: World) {
    let room = world.tenant.group(&[&world.alice, &world.bob]).await;
    world
        .tenant
        .api
        .delete(&format!(
            "/v1/conversations/{room}/participants/{}",
            world.bob.id
        ))
        .await;
    let told = json!({"event_type": "login", "app_id": "shop", "data": {"$any.key": [1]}});
    let path = format!("/v1/users/{}/activities", world.bob.id);
    let activity = world.bob.api.post(&path, told).await.expect(201);
    assert_eq!(activity["data"], json!({"$any.key": [1]}));
    let types = types(&world, &path).await;
    assert_eq!(
        types,
        ["login", "caas.left", "caas.joined", "caas.token_issued"]
    );
    drop(
        world
            .tenant
            .api
            .patch("/v1/settings", json!({"create_users": false}))
            .await
            .expect(200),
    );
    let noted = world
        .tenant
        .api
        .get("/v1/activities?event_type=caas.settings_updated")
        .await
        .expect(200);
    assert_eq!(
        (
            noted["data"].as_array().map(Vec::len),
            &noted["data"][0]["user_id"]
        ),
        (Some(1), &Value::Null)
    );
    records_a_block(&world).await;
    world.alice.api.get(&path).await.refuses(403, "forbidden");
    world
        .stranger_from_other_tenant
        .api
        .get(&path)
        .await
        .refuses(404, "user_not_found");
}

async fn records_a_block(world: &World) {
    let bob = format!(
        "/v1/users/{}/relationships/{}",
        world.alice.id, world.bob.id
    );
    drop(
        world
            .alice
            .api
            .post(&bob, json!({"action": "block"}))
            .await
            .expect(200),
    );
    let noted = world
        .tenant
        .api
        .get("/v1/activities?event_type=caas.blocked")
        .await
        .expect(200);
    let [blocked] = noted["data"].as_array().expect("a page").as_slice() else {
        panic!("one block: {noted}")
    };
    assert_eq!(
        (&blocked["user_id"], &blocked["data"]),
        (&json!(world.alice.id), &json!({"user_id": world.bob.id}))
    );
}

/// An expired activity is not returned, although it is still stored because the sweep has not run.
async fn an_activity_is_not_returned_when_its_ninety_days_are_over(world: World) {
    let old = Context::system().now().plus_millis(LEFT - NINETY_DAYS);
    let path = format!("/v1/users/{}/activities", world.alice.id);
    let told =
        json!({"event_type": "old", "app_id": "shop", "session_id": "monday", "timestamp": old});
    drop(world.alice.api.post(&path, told).await.expect(201));
    assert!(types(&world, &path).await.contains(&"old".to_owned()));
    let mut waited = 0;
    while types(&world, &path).await.contains(&"old".to_owned()) {
        assert!(waited < 100, "an activity is returned late");
        waited += 1;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(
        Context::system().now() >= old.plus_millis(NINETY_DAYS),
        "it was gone early"
    );
    for list in ["app_id=shop", "session_id=monday", "event_type=old"] {
        let page = world
            .tenant
            .api
            .get(&format!("/v1/activities?{list}"))
            .await
            .expect(200);
        assert_eq!(page["data"], json!([]), "{list}");
    }
    if let Some((uri, prefix)) = world.server.data_dir().mongodb() {
        assert_eq!(stored(uri, prefix).await, 1);
    }
}

async fn types(world: &World, path: &str) -> Vec<String> {
    let page = world.tenant.api.get(path).await.expect(200);
    let page = page["data"].as_array().expect("a page").iter();
    page.map(|activity| activity["event_type"].as_str().expect("a type").to_owned())
        .collect()
}

/// Returns the number of old activities stored in all databases.
async fn stored(uri: &str, prefix: &str) -> u64 {
    let client = mongodb::Client::with_uri_str(uri)
        .await
        .expect("the address of a replica set");
    let mut stored = 0;
    for database in client.list_database_names().await.expect("its databases") {
        let database = client.database(&database);
        for name in database
            .list_collection_names()
            .await
            .expect("their collections")
        {
            if database.name().starts_with(prefix) && name.ends_with("activities") {
                let activities = database.collection::<Document>(&name);
                stored += activities
                    .count_documents(doc! { "event_type": "old" })
                    .await
                    .expect("a count");
            }
        }
    }
    stored
}
