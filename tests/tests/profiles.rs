//! Profiles and preferences of users, and the lookup by e-mail address.

#![cfg(test)]

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;
use testkit::World;
use testkit::api::{Answer, Client};

testkit::stories!(
    a_profile_is_seen_by_others_without_its_metadata,
    preferences_are_the_users_and_their_servers,
    a_server_finds_a_user_by_their_address,
    of_racing_changes_to_one_version_one_is_made,
);

/// A user updates their profile. Others can read it, except for the metadata.
async fn a_profile_is_seen_by_others_without_its_metadata(world: World) {
    let path = format!("/v1/users/{}/profile", world.alice.id);
    let blank = world.alice.api.get(&path).await.expect(200);
    assert_eq!(
        (&blank["display_name"], &blank["version"]),
        (&json!("alice"), &json!(1))
    );
    let said =
        json!({"bio": "Likes tea.", "metadata": {"team": {"id": 7, "lead": true}}, "version": 1});
    let said = world.alice.api.patch(&path, said).await.expect(200);
    assert_eq!(
        (&said["bio"], &said["version"]),
        (&json!("Likes tea."), &json!(2))
    );
    let merged = merge(
        &world.alice.api,
        &path,
        r#"{"bio":null,"metadata":{"team":{"lead":null}}}"#,
    )
    .await
    .expect(200);
    assert_eq!(
        (merged.get("bio"), &merged["metadata"]),
        (None, &json!({"team": {"id": 7}}))
    );
    let renamed = json!({"name": "Alice", "avatar_url": "https://example.com/a.png"});
    drop(
        world
            .alice
            .api
            .patch(&format!("/v1/users/{}", world.alice.id), renamed)
            .await
            .expect(200),
    );
    let seen = world.bob.api.get(&path).await.expect(200);
    assert_eq!(
        (&seen["display_name"], &seen["avatar_url"]),
        (&json!("Alice"), &json!("https://example.com/a.png"))
    );
    assert_eq!(seen.get("metadata"), None);
    world
        .bob
        .api
        .patch(&path, json!({"bio": "Likes coffee."}))
        .await
        .refuses(403, "forbidden");
    let by_server = world
        .tenant
        .api
        .get("/v1/users/ext:alice/profile")
        .await
        .expect(200);
    assert_eq!(by_server["metadata"], json!({"team": {"id": 7}}));
    world
        .stranger_from_other_tenant
        .api
        .get(&path)
        .await
        .refuses(404, "user_not_found");
}

/// Preferences are merged, validated field by field, and versioned.
async fn preferences_are_the_users_and_their_servers(world: World) {
    let path = format!("/v1/users/{}/preferences", world.alice.id);
    let blank = world.alice.api.get(&path).await.expect(200);
    assert_eq!(
        (&blank["theme"], &blank["notifications"]["push"]["enabled"]),
        (&json!("auto"), &json!(true))
    );
    let quiet = r#"{"theme":"dark","notifications":{"push":{"kinds":["mention"],
        "quiet_hours":{"start":"22:00","end":"07:00","time_zone":"Europe/Vienna"}}}}"#;
    drop(merge(&world.alice.api, &path, quiet).await.expect(200));
    let later = merge(
        &world.alice.api,
        &path,
        r#"{"notifications":{"push":{"quiet_hours":{"end":"08:00"}}}}"#,
    )
    .await;
    let later = later.expect(200);
    assert_eq!(later["theme"], "dark");
    let hours = json!({"start": "22:00", "end": "08:00", "time_zone": "Europe/Vienna"});
    assert_eq!(
        later["notifications"]["push"],
        json!({"enabled": true, "kinds": ["mention"], "quiet_hours": hours})
    );
    let wrong =
        json!({"language": "de_DE", "widgets": {"enabled": ["clock"], "disabled": ["clock"]}});
    let refused = world.alice.api.patch(&path, wrong).await;
    let places: Vec<_> = refused.body["errors"]
        .as_array()
        .expect("places")
        .iter()
        .map(|it| &it["pointer"])
        .collect();
    assert_eq!(
        (refused.status, places),
        (
            400,
            vec![&json!("/language"), &json!("/widgets/disabled/0")]
        )
    );
    let elsewhere = r#"{"notifications":{"push":{"quiet_hours":{"time_zone":"Mars/Olympus"}}}}"#;
    let refused = merge(&world.alice.api, &path, elsewhere).await;
    let place = json!("/notifications/push/quiet_hours/time_zone");
    assert_eq!(
        (refused.status, &refused.body["errors"][0]["pointer"]),
        (400, &place)
    );
    let stale = world
        .alice
        .api
        .patch(&path, json!({"theme": "light", "version": 1}))
        .await;
    assert_eq!(
        (stale.code(), &stale.body["current_version"]),
        ("version_conflict", &json!(3))
    );
    for foreign in [
        world.bob.api.get(&path).await,
        world.bob.api.patch(&path, json!({})).await,
    ] {
        foreign.refuses(403, "forbidden");
    }
    assert_eq!(world.tenant.api.get(&path).await.expect(200), later);
    world
        .stranger_from_other_tenant
        .api
        .get(&path)
        .await
        .refuses(404, "user_not_found");
}

/// A server finds a user by e-mail address, ignoring case; users cannot search by it.
async fn a_server_finds_a_user_by_their_address(world: World) {
    let alice = format!("/v1/users/{}", world.alice.id);
    let api = &world.tenant.api;
    drop(
        api.patch(&alice, json!({"email": "Alice@Example.com"}))
            .await
            .expect(200),
    );
    let found = async |client: &Client, email: &str| {
        let page = client
            .get(&format!("/v1/users?email={email}"))
            .await
            .expect(200);
        page["data"]
            .as_array()
            .expect("a page")
            .iter()
            .map(|user| user["id"].clone())
            .collect::<Vec<_>>()
    };
    for email in [
        "Alice@Example.com",
        "alice@example.com",
        "ALICE%40EXAMPLE.COM",
    ] {
        assert_eq!(found(api, email).await, [json!(world.alice.id)], "{email}");
    }
    for email in ["alice@example.co", "lice@example.com", "bob@example.com"] {
        assert!(found(api, email).await.is_empty(), "{email}");
    }
    assert!(
        found(&world.other_tenant.api, "alice@example.com")
            .await
            .is_empty()
    );
    api.get("/v1/users?email=alice")
        .await
        .refuses(400, "invalid_request");
    world
        .bob
        .api
        .get("/v1/users?email=alice@example.com")
        .await
        .refuses(403, "forbidden");
    drop(api.patch(&alice, json!({"email": null})).await.expect(200));
    assert!(found(api, "alice@example.com").await.is_empty());
}

/// Of a hundred concurrent changes to one version, one succeeds.
async fn of_racing_changes_to_one_version_one_is_made(world: World) {
    let path = format!("/v1/users/{}/profile", world.alice.id);
    let say = |at: usize| {
        let api = world.alice.api.clone();
        let path = path.clone();
        async move {
            api.patch(&path, json!({"bio": format!("{at}"), "version": 1}))
                .await
        }
    };
    let answers = join_all((0..100).map(say)).await;
    let made = answers.iter().filter(|answer| answer.status == 200).count();
    let refused = answers
        .iter()
        .filter(|answer| answer.code() == "version_conflict")
        .count();
    assert_eq!((made, refused), (1, 99));
}

async fn merge(api: &Client, path: &str, patch: &'static str) -> Answer {
    let request = api
        .request(Method::PATCH, path)
        .header("content-type", "application/merge-patch+json");
    Answer::read(
        request
            .body(patch)
            .send()
            .await
            .expect("the server answers"),
    )
    .await
    .expect("an answer")
}
