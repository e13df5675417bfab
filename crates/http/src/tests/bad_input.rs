//! Invalid input is rejected with a pointer, and nothing is stored.

use super::app::{TestApp, TestTenant};
use axum::http::StatusCode;
use base::limit;
use serde_json::json;

async fn count(app: &TestApp, acme: &TestTenant, group: &str) -> (usize, usize) {
    let users = app.as_key(acme, "GET", "/v1/users?limit=100").send().await;
    let log = app
        .as_key(acme, "GET", &format!("/v1/conversations/{group}/log"))
        .send()
        .await;
    (
        users.body["data"].as_array().unwrap().len(),
        log.body["data"].as_array().unwrap().len(),
    )
}

/// Sends each body with the API key, and checks that it is rejected at the
/// pointer and that nothing is stored.
async fn assert_rejected(acting_as: Option<&str>, path: &str, cases: &[(&[u8], &str)]) {
    let app = TestApp::new();
    let acme = app.tenant("Acme").await;
    app.create_users(&acme, &["ada"]).await;
    let group = app.create_group(&acme, &["ada"]).await;
    let path = path.replace("{group}", &group);
    let before = count(&app, &acme, &group).await;
    for (body, pointer) in cases {
        let mut call = app
            .as_key(&acme, "POST", &path)
            .header("content-type", "application/json");
        if let Some(user) = acting_as {
            call = call.header("caas-user", user);
        }
        let response = call.raw(body.to_vec()).await;
        let text = String::from_utf8_lossy(body);
        assert_eq!(
            response.problem(),
            (400, "invalid_request", *pointer),
            "{path} {text}: {response:?}"
        );
    }
    assert_eq!(count(&app, &acme, &group).await, before);
}

#[tokio::test]
async fn invalid_message_is_rejected_with_a_pointer() {
    let deep = format!(
        r#"{{"metadata":{}1{}}}"#,
        r#"{"a":"#.repeat(limit::JSON_DEPTH),
        "}".repeat(limit::JSON_DEPTH)
    );
    let deep_pointer = format!("/metadata{}", "/a".repeat(limit::JSON_DEPTH - 1));
    let cases: &[(&[u8], &str)] = &[
        (br#"{"content":"hi","colour":"red"}"#, "/colour"),
        (br#"{"content":{"$ne":null}}"#, "/content"),
        (br#"{"content":7}"#, "/content"),
        (br#"{"content":null}"#, "/content"),
        (br#"{"content":"a\u0000b"}"#, "/content"),
        (b"{\"content\":\"\xff\"}", ""),
        (br#"{"content":"a","content":"b"}"#, "/content"),
        (br#"{"content":"hi","metadata":{"$where":1}}"#, "/metadata"),
        (
            br#"{"content":"hi","metadata":{"a":{"b.c":1}}}"#,
            "/metadata",
        ),
        (
            br#"{"content":"hi","metadata":{"a":18446744073709551615}}"#,
            "/metadata/a",
        ),
        (br#"{"content":"hi","thread_id":"7"}"#, "/thread_id"),
        (
            br#"{"content":"hi","attachments":[{"type":"image","url":"javascript:1"}]}"#,
            "/attachments/0/url",
        ),
        (deep.as_bytes(), &deep_pointer),
        (br#"{"content":"#, "/content"),
        (b"", ""),
        (b"[]", ""),
    ];
    assert_rejected(Some("ext:ada"), "/v1/conversations/{group}/messages", cases).await;
}

#[tokio::test]
async fn invalid_user_is_rejected_with_a_pointer() {
    let cases: &[(&[u8], &str)] = &[
        (br#"{"external_id":"no spaces"}"#, "/external_id"),
        (br#"{"external_id":"eve","email":"invalid"}"#, "/email"),
        (br#"{"name":"eve"}"#, "/external_id"),
    ];
    assert_rejected(None, "/v1/users", cases).await;
    let cases: &[(&[u8], &str)] = &[
        (
            br#"{"users":[{"external_id":"x"},{"external_id":"y","name":1}]}"#,
            "/users/1/name",
        ),
        (
            br#"{"users":[{"external_id":"x"},{"external_id":"y","email":"@"}]}"#,
            "/users/1/email",
        ),
    ];
    assert_rejected(None, "/v1/users/batch", cases).await;
}

#[tokio::test]
async fn invalid_conversation_is_rejected_with_a_pointer() {
    let cases: &[(&[u8], &str)] = &[
        (br#"{"type":"circle"}"#, "/type"),
        (
            br#"{"type":"group","participants":["invalid"]}"#,
            "/participants/0",
        ),
    ];
    assert_rejected(Some("ext:ada"), "/v1/conversations", cases).await;
}

#[tokio::test]
async fn body_beyond_a_limit_is_rejected() {
    let app = TestApp::new();
    let acme = app.tenant("Acme").await;
    app.create_users(&acme, &["ada"]).await;
    let group = app.create_group(&acme, &["ada"]).await;
    let path = format!("/v1/conversations/{group}/messages");
    let post = async |body: Vec<u8>, kind: &str| {
        app.as_user(&acme, "ada", "POST", &path)
            .header("content-type", kind)
            .raw(body)
            .await
    };
    let json = "application/json; charset=utf-8";
    let text = |characters: usize| {
        json!({ "content": "ä".repeat(characters) })
            .to_string()
            .into_bytes()
    };
    assert_eq!(
        post(text(limit::MESSAGE_CHARACTERS), json).await.status,
        StatusCode::CREATED
    );
    assert_eq!(
        post(text(limit::MESSAGE_CHARACTERS + 1), json)
            .await
            .problem(),
        (400, "invalid_request", "/content")
    );
    assert_eq!(post(vec![b' '; 10 << 20], json).await.problem().0, 413);
    assert_eq!(post(b"{}".to_vec(), "text/plain").await.problem().0, 415);
    assert_eq!(
        post(b"{}".to_vec(), "application/json; charset=latin1")
            .await
            .problem()
            .0,
        415
    );
}

#[tokio::test]
async fn content_type_of_json_may_have_any_valid_form() {
    let app = TestApp::new();
    let acme = app.tenant("Acme").await;
    let post = || app.as_key(&acme, "POST", "/v1/users");
    let body = || br#"{"external_id":"ada"}"#.to_vec();
    for kind in [
        "application/json; charset=\"utf-8\"",
        "application/json;",
        "Application/JSON ; Charset=UTF-8",
        "application/json; profile=x",
    ] {
        let response = post().header("content-type", kind).raw(body()).await;
        assert!(response.status.is_success(), "{kind}: {response:?}");
    }
    let json = || post().header("content-type", "application/json");
    let marked = [&b"\xef\xbb\xbf"[..], &body()].concat();
    assert!(json().raw(marked).await.status.is_success());
    assert!(
        json()
            .header("content-encoding", "identity")
            .raw(body())
            .await
            .status
            .is_success()
    );
    let compressed = json().header("content-encoding", "gzip").raw(body()).await;
    assert_eq!(compressed.problem(), (415, "unsupported_media_type", "-"));
    assert!(
        compressed.text("/detail").contains("gzip"),
        "{compressed:?}"
    );
    let duplicate = json()
        .header("content-type", "application/json")
        .raw(body())
        .await;
    assert_eq!(
        duplicate.problem(),
        (400, "invalid_request", "content-type")
    );
}

#[tokio::test]
async fn invalid_query_is_rejected_by_its_parameter() {
    let app = TestApp::new();
    let acme = app.tenant("Acme").await;
    app.create_users(&acme, &["ada"]).await;
    let group = app.create_group(&acme, &["ada"]).await;
    let other_group = app.create_group(&acme, &["ada"]).await;
    let elsewhere = app.send_text(&acme, "ada", &other_group, "elsewhere").await;
    let messages = format!("/v1/conversations/{group}/messages");
    let foreign = format!("cursor={}", elsewhere["id"].as_str().unwrap());
    let cases = [
        ("limit=0", "invalid_request", "limit"),
        ("limit=101", "invalid_request", "limit"),
        ("limit=-1", "invalid_request", "limit"),
        ("limit=NaN", "invalid_request", "limit"),
        ("limit=1&limit=2", "invalid_request", "limit"),
        ("page=1", "invalid_request", "page"),
        ("direction=up", "invalid_request", "direction"),
        ("around=7", "invalid_request", "around"),
        ("cursor=%ff", "invalid_request", "cursor"),
        ("cursor=forged", "invalid_cursor", "cursor"),
        (&foreign, "invalid_cursor", "cursor"),
    ];
    for (query, code, place) in cases {
        let response = app
            .as_user(&acme, "ada", "GET", &format!("{messages}?{query}"))
            .send()
            .await;
        assert_eq!(
            response.problem(),
            (400, code, place),
            "{query}: {response:?}"
        );
    }
    let forged = app
        .as_user(&acme, "ada", "GET", "/v1/conversations?cursor=AAAA")
        .send()
        .await;
    assert_eq!(forged.problem(), (400, "invalid_cursor", "cursor"));
}

#[tokio::test]
async fn missing_foreign_and_malformed_names_return_the_same_404() {
    let app = TestApp::new();
    let acme = app.tenant("Acme").await;
    let umbrella = app.tenant("Umbrella").await;
    app.create_users(&acme, &["ada"]).await;
    app.create_users(&umbrella, &["eve"]).await;
    let group = app.create_group(&acme, &["ada"]).await;
    for name in [
        &*group,
        "00010203feff060708090a0b",
        "nonsense",
        "ext:unknown",
        "%00",
        "%ff",
    ] {
        let path = format!("/v1/conversations/{name}");
        let response = app.as_user(&umbrella, "eve", "GET", &path).send().await;
        let missing = (404, "conversation_not_found", "-");
        if name == "%ff" {
            assert_eq!(response.problem().0, 404);
        } else {
            assert_eq!(response.problem(), missing, "{name}");
            assert_eq!(response.text("/detail"), "There is no such conversation.");
        }
    }
}
