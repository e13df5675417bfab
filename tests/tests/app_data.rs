//! Data that apps store for users.

#![cfg(test)]

use std::collections::BTreeSet;

use base::limit;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::api::Answer;
use testkit::socket::Socket;
use testkit::{TestUser, World};

testkit::stories!(
    an_app_keeps_what_it_is_given,
    app_data_is_unreachable_for_other_users,
    a_value_has_a_largest_size,
    a_hundred_writers_have_one_winner_for_each_version,
    a_change_reaches_the_users_other_devices,
    a_hundred_writers_never_pass_the_quota,
);

/// A value is created, read, overwritten, listed and removed.
async fn an_app_keeps_what_it_is_given(world: World) {
    let app = format!("/v1/users/{}/apps/shop/data", world.alice.id);
    let settings = format!("{app}/settings");
    world
        .alice
        .api
        .get(&settings)
        .await
        .refuses(404, "app_data_not_found");
    let value = json!({"$set": {"a.b": [1, -0.5, null]}, "": 9_007_199_254_740_993_i64});
    let made = world
        .alice
        .api
        .post(&app, json!({"data_key": "settings", "value": value}))
        .await
        .expect(201);
    assert_eq!((&made["value"], &made["version"]), (&value, &json!(1)));
    assert_eq!(world.alice.api.get(&settings).await.expect(200), made);
    let twice = world
        .alice
        .api
        .post(&app, json!({"data_key": "settings", "value": 1}))
        .await;
    assert_stored_value(twice, 1, &value);
    let over = put(
        &world.alice,
        &settings,
        json!({"value": null, "version": 1}),
    )
    .await
    .expect(200);
    assert_eq!(
        (&over["value"], &over["version"]),
        (&Value::Null, &json!(2))
    );
    let stale = put(&world.alice, &settings, json!({"value": 3, "version": 1})).await;
    assert_stored_value(stale, 2, &Value::Null);
    drop(
        put(&world.alice, &format!("{app}/basket"), json!({"value": []}))
            .await
            .expect(201),
    );
    let listed = world.alice.api.get(&app).await.expect(200);
    let keys: Vec<_> = listed["data"]
        .as_array()
        .expect("a page")
        .iter()
        .map(|it| &it["data_key"])
        .collect();
    assert_eq!(keys, ["basket", "settings"]);
    deletes_the_version(&world, &settings, 2).await;
    assert_eq!(
        put(&world.alice, &settings, json!({"value": 1}))
            .await
            .expect(201)["version"],
        1
    );
}

/// Deletes a value that is `null` by its version; an older version is rejected.
async fn deletes_the_version(world: &World, settings: &str, version: i64) {
    let stale = world
        .alice
        .api
        .delete(&format!("{settings}?version={}", version - 1))
        .await;
    assert_stored_value(stale, version, &Value::Null);
    assert_eq!(
        world
            .alice
            .api
            .delete(&format!("{settings}?version={version}"))
            .await
            .status,
        204
    );
    world
        .alice
        .api
        .delete(settings)
        .await
        .refuses(404, "app_data_not_found");
}

/// App data is accessible to the user and the tenant's servers only.
async fn app_data_is_unreachable_for_other_users(world: World) {
    let app = format!("/v1/users/{}/apps/shop/data", world.alice.id);
    let settings = format!("{app}/settings");
    drop(
        put(&world.alice, &settings, json!({"value": "secret"}))
            .await
            .expect(201),
    );
    for path in [&app, &settings] {
        world.bob.api.get(path).await.refuses(403, "forbidden");
        world
            .stranger_from_other_tenant
            .api
            .get(path)
            .await
            .refuses(404, "user_not_found");
    }
    put(&world.bob, &settings, json!({"value": 1}))
        .await
        .refuses(403, "forbidden");
    world
        .bob
        .api
        .delete(&settings)
        .await
        .refuses(403, "forbidden");
    assert_eq!(
        world.tenant.api.get(&settings).await.expect(200)["value"],
        "secret"
    );
}

/// A value may be as large as its limit, and not larger.
async fn a_value_has_a_largest_size(world: World) {
    let path = format!("/v1/users/{}/apps/shop/data/big", world.alice.id);
    let text = |bytes: usize| json!({"value": "x".repeat(bytes - 2)});
    drop(
        put(&world.alice, &path, text(limit::APP_DATA_BYTES))
            .await
            .expect(201),
    );
    let refused = put(&world.alice, &path, text(limit::APP_DATA_BYTES + 1)).await;
    assert_eq!(
        (refused.status, &refused.body["errors"][0]["pointer"]),
        (400, &json!("/value"))
    );
}

/// Of a hundred concurrent writes to the same version, one succeeds, in each of several rounds.
async fn a_hundred_writers_have_one_winner_for_each_version(world: World) {
    let app = format!("/v1/users/{}/apps/shop/data", world.alice.id);
    let path = format!("{app}/basket");
    let make = |at: usize| {
        world
            .alice
            .api
            .post(&app, json!({"data_key": "basket", "value": at}))
    };
    let answers = join_all((0..100).map(make)).await;
    let (made, refused): (Vec<_>, Vec<_>) =
        answers.into_iter().partition(|answer| answer.status == 201);
    assert_eq!(made.len(), 1, "{refused:?}");
    for answer in refused {
        assert_stored_value(answer, 1, &made[0].body["value"]);
    }
    for version in 1..=3 {
        let write = |at: usize| {
            put(
                &world.alice,
                &path,
                json!({"value": at, "version": version}),
            )
        };
        let answers = join_all((0..100).map(write)).await;
        let (won, lost): (Vec<_>, Vec<_>) =
            answers.into_iter().partition(|answer| answer.status == 200);
        assert_eq!(won.len(), 1, "{lost:?}");
        assert_eq!(won[0].body["version"], version + 1);
        for answer in lost {
            assert_stored_value(answer, version + 1, &won[0].body["value"]);
        }
    }
}

/// A change on one device is sent to the user's other devices and recorded in their activities.
async fn a_change_reaches_the_users_other_devices(world: World) {
    let alice = &world.alice;
    let mut phone = alice.socket().await;
    let user = format!("/v1/users/{}", alice.id);
    let settings = format!("{user}/apps/shop/data/settings");
    drop(put(alice, &settings, json!({"value": 1})).await.expect(201));
    let named = json!({"app_id": "shop", "key": "settings", "version": 1});
    assert_eq!(
        told(&mut phone).await,
        ("app_data.updated".to_owned(), named)
    );
    drop(
        alice
            .api
            .patch(&format!("{user}/preferences"), json!({"theme": "dark"}))
            .await
            .expect(200),
    );
    assert_eq!(
        told(&mut phone).await,
        ("preferences.updated".to_owned(), json!({"version": 2}))
    );
    drop(
        alice
            .api
            .patch(&format!("{user}/profile"), json!({"bio": "tea"}))
            .await
            .expect(200),
    );
    assert_eq!(
        told(&mut phone).await,
        ("profile.updated".to_owned(), json!({"version": 2}))
    );
    drop(
        alice
            .api
            .patch(&user, json!({"name": "Alice L."}))
            .await
            .expect(200),
    );
    assert_eq!(
        told(&mut phone).await,
        ("user.updated".to_owned(), json!({"user_id": alice.id}))
    );
    assert_eq!(alice.api.delete(&settings).await.status, 204);
    let named = json!({"app_id": "shop", "key": "settings"});
    assert_eq!(
        told(&mut phone).await,
        ("app_data.deleted".to_owned(), named)
    );
    let activities = alice
        .api
        .get(&format!("{user}/activities"))
        .await
        .expect(200);
    let noted = activities["data"]
        .as_array()
        .expect("a page")
        .iter()
        .map(|it| &it["event_type"]);
    let noted: Vec<_> = noted.filter(|kind| *kind != "caas.token_issued").collect();
    assert_eq!(
        noted,
        [
            "caas.app_data_updated",
            "caas.preferences_updated",
            "caas.app_data_updated"
        ]
    );
}

/// A hundred concurrent new keys fill the rest of the quota exactly.
async fn a_hundred_writers_never_pass_the_quota(world: World) {
    let app = format!("/v1/users/{}/apps/shop/data", world.alice.id);
    let left = 7;
    for at in left..limit::APP_DATA_KEYS {
        drop(
            put(
                &world.alice,
                &format!("{app}/old-{at}"),
                json!({"value": at}),
            )
            .await
            .expect(201),
        );
    }
    let write = |at: usize| {
        let alice = &world.alice;
        let path = format!("{app}/new-{at}");
        async move { put(alice, &path, json!({"value": at})).await }
    };
    let answers = join_all((0..100).map(write)).await;
    let made = answers.iter().filter(|answer| answer.status == 201).count();
    let refused = answers
        .iter()
        .filter(|answer| answer.code() == "limit_reached")
        .count();
    assert_eq!((made, refused), (left, 100 - left), "{answers:?}");
    let keys = all_keys(&world.alice, &app).await;
    assert_eq!(keys.len(), limit::APP_DATA_KEYS);
    // Removing a key frees quota, and another app has its own quota.
    let one = keys.first().expect("there is one");
    assert_eq!(
        world.alice.api.delete(&format!("{app}/{one}")).await.status,
        204
    );
    drop(
        put(&world.alice, &format!("{app}/again"), json!({"value": 1}))
            .await
            .expect(201),
    );
    put(
        &world.alice,
        &format!("{app}/too-many"),
        json!({"value": 1}),
    )
    .await
    .refuses(422, "limit_reached");
    let other_app = format!("/v1/users/{}/apps/mail/data/again", world.alice.id);
    drop(
        put(&world.alice, &other_app, json!({"value": 1}))
            .await
            .expect(201),
    );
}

async fn put(person: &TestUser, path: &str, body: Value) -> Answer {
    person.api.call(Method::PUT, path, Some(body)).await
}

/// Returns the type and the data of the next event on the user's device.
async fn told(device: &mut Socket) -> (String, Value) {
    let frame = device.wait_for("user_event").await;
    (
        frame["type"].as_str().unwrap_or_default().to_owned(),
        frame["data"].clone(),
    )
}

fn assert_stored_value(answer: Answer, version: i64, value: &Value) {
    let conflict = (
        &answer.body["current_version"],
        &answer.body["current_value"],
    );
    assert_eq!(conflict, (&json!(version), value), "{}", answer.text);
    answer.refuses(409, "version_conflict");
}

async fn all_keys(person: &TestUser, app: &str) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    let mut cursor = String::new();
    loop {
        let page = person
            .api
            .get(&format!("{app}?limit=40{cursor}"))
            .await
            .expect(200);
        keys.extend(
            page["data"]
                .as_array()
                .expect("a page")
                .iter()
                .filter_map(|it| Some(it["data_key"].as_str()?.to_owned())),
        );
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return keys,
        }
    }
}
