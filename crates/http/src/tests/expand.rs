use axum::http::StatusCode;
use serde_json::{Value, json};

use super::app::{TestApp, TestTenant};

async fn put_values(app: &TestApp, tenant: &TestTenant, keys: usize) {
    for at in 0..keys {
        let path = format!("/v1/users/ext:ada/apps/shop/data/key-{at}");
        let response = app
            .as_key(tenant, "PUT", &path)
            .json(&json!({ "value": at }))
            .await;
        assert_eq!(response.status, StatusCode::CREATED, "{response:?}");
    }
}

#[tokio::test]
async fn expansion_costs_one_statement_per_part_for_many_entries() {
    let app = TestApp::new();
    let acme = app.tenant("Acme").await;
    app.create_users(&acme, &["ada"]).await;
    put_values(&app, &acme, 30).await;
    let mut costs = Vec::new();
    for expand in [
        "",
        "&expand=user",
        "&expand=user,profile",
        "&expand=user,profile,preferences",
    ] {
        let before = app.store.stats().reads.get();
        let path = format!("/v1/users/ext:ada/apps/shop/data?limit=30{expand}");
        let page = app.as_user(&acme, "ada", "GET", &path).send().await;
        costs.push(app.store.stats().reads.get() - before);
        let entries = page.body["data"].as_array().unwrap();
        assert_eq!(entries.len(), 30);
        for (name, field) in [("user", "name"), ("profile", "display_name")] {
            let shown = entries
                .iter()
                .filter(|entry| entry[name][field] == "ada")
                .count();
            assert_eq!(
                shown,
                if expand.contains(name) { 30 } else { 0 },
                "{expand}"
            );
        }
        let themes = entries
            .iter()
            .filter(|entry| entry["preferences"]["theme"] == "auto")
            .count();
        assert_eq!(
            themes,
            if expand.contains("preferences") {
                30
            } else {
                0
            }
        );
    }
    let cost_per_part: Vec<u64> = costs.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(cost_per_part, [1, 1, 1], "{costs:?}");
}

#[tokio::test]
async fn expansion_costs_one_statement_per_part_for_many_users() {
    let app = TestApp::new();
    let acme = app.tenant("Acme").await;
    let names: Vec<String> = (0..30).map(|at| format!("user-{at}")).collect();
    app.create_users(&acme, &names.iter().map(String::as_str).collect::<Vec<_>>())
        .await;
    for name in &names {
        let path = format!("/v1/users/ext:{name}/activities");
        let activity = json!({ "event_type": "login", "app_id": "shop" });
        assert_eq!(
            app.as_key(&acme, "POST", &path)
                .json(&activity)
                .await
                .status,
            StatusCode::CREATED
        );
    }
    assert_eq!(
        cost_per_part(&app, &acme, "/v1/activities").await,
        [1, 1, 1]
    );
    for name in &names {
        let user = app
            .as_key(&acme, "GET", &format!("/v1/users/ext:{name}"))
            .send()
            .await;
        let activity = json!({
            "event_id": name, "name": "bought", "category": "conversion", "app_id": "shop", "user_id": user.body["id"],
        });
        let response = app
            .as_key(&acme, "POST", "/v1/analytics/events")
            .json(&activity)
            .await;
        assert!(response.status.is_success(), "{response:?}");
    }
    assert_eq!(
        cost_per_part(&app, &acme, "/v1/analytics/events").await,
        [1, 1, 1]
    );
}

/// Returns the statements that each expanded part adds to a page of 30 users.
async fn cost_per_part(app: &TestApp, tenant: &TestTenant, list: &str) -> Vec<u64> {
    let mut costs = Vec::new();
    for expand in [
        "",
        "&expand=user",
        "&expand=user,profile",
        "&expand=user,profile,preferences",
    ] {
        let before = app.store.stats().reads.get();
        let path = format!("{list}?app_id=shop&limit=30{expand}");
        let page = app.as_key(tenant, "GET", &path).send().await;
        costs.push(app.store.stats().reads.get() - before);
        let entries = page.body["data"].as_array().unwrap();
        let is_user_of_entry =
            |entry: &&Value| expand.is_empty() || entry["user"]["id"] == entry["user_id"];
        assert_eq!(
            (
                entries.len(),
                entries.iter().filter(is_user_of_entry).count()
            ),
            (30, 30),
            "{expand}"
        );
    }
    costs.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

#[tokio::test]
async fn expansion_shows_no_more_than_the_object_itself() {
    let app = TestApp::new();
    let acme = app.tenant("Acme").await;
    app.create_users(&acme, &["ada", "bob"]).await;
    let secrets = json!({ "email": "ada@example.com" });
    app.as_key(&acme, "PATCH", "/v1/users/ext:ada")
        .json(&secrets)
        .await;
    let get = |user, query| app.as_user(&acme, user, "GET", query).send();
    let own = get("ada", "/v1/users/ext:ada/profile?expand=user,preferences").await;
    assert_eq!(
        (own.text("/user/email"), own.text("/preferences/theme")),
        ("ada@example.com", "auto")
    );
    let seen = get("bob", "/v1/users/ext:ada/profile?expand=user").await;
    assert_eq!(
        (seen.text("/user/name"), &seen.body["user"]["email"]),
        ("ada", &Value::Null)
    );
    let forbidden = get("bob", "/v1/users/ext:ada/profile?expand=preferences").await;
    assert_eq!(forbidden.problem(), (403, "forbidden", "-"));
    let unknown = get("ada", "/v1/users/ext:ada/profile?expand=password").await;
    assert_eq!(unknown.problem(), (400, "invalid_request", "expand"));
}

#[tokio::test]
async fn merge_patch_is_accepted_with_both_media_types() {
    let app = TestApp::new();
    let acme = app.tenant("Acme").await;
    app.create_users(&acme, &["ada"]).await;
    for (kind, status) in [
        ("application/json", 200),
        ("application/merge-patch+json; charset=utf-8", 200),
        ("text/plain", 415),
    ] {
        let call = app
            .as_user(&acme, "ada", "PATCH", "/v1/users/ext:ada/profile")
            .header("content-type", kind);
        assert_eq!(
            call.raw(br#"{"bio":"tea"}"#.to_vec()).await.status.as_u16(),
            status,
            "{kind}"
        );
    }
    let users = app.as_user(&acme, "ada", "PATCH", "/v1/users/ext:ada");
    let users = users.header("content-type", "application/merge-patch+json");
    assert_eq!(
        users
            .raw(br#"{"name":"Ada"}"#.to_vec())
            .await
            .status
            .as_u16(),
        415
    );
}
