//! Bad input: a problem that names the place, and nothing stored.

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

#[tokio::test]
async fn a_bad_body_is_refused_at_its_place() {
    let app = TestApp::new();
    let acme = app.tenant("Acme").await;
    app.create_users(&acme, &["ada"]).await;
    let group = app.create_group(&acme, &["ada"]).await;
    let messages = format!("/v1/conversations/{group}/messages");
    let before = count(&app, &acme, &group).await;
    let deep = format!(
        r#"{{"metadata":{}1{}}}"#,
        r#"{"a":"#.repeat(limit::JSON_DEPTH),
        "}".repeat(limit::JSON_DEPTH)
    );
    let deep_place = format!("/metadata{}", "/a".repeat(limit::JSON_DEPTH - 1));
    let cases: &[(&str, &[u8], &str)] = &[
        (&messages, br#"{"content":"hi","colour":"red"}"#, "/colour"),
        (&messages, br#"{"content":{"$ne":null}}"#, "/content"),
        (&messages, br#"{"content":7}"#, "/content"),
        (&messages, br#"{"content":null}"#, "/content"),
        (&messages, br#"{"content":"a\u0000b"}"#, "/content"),
        (&messages, b"{\"content\":\"\xff\"}", ""),
        (&messages, br#"{"content":"a","content":"b"}"#, "/content"),
        (
            &messages,
            br#"{"content":"hi","metadata":{"$where":1}}"#,
            "/metadata",
        ),
        (
            &messages,
            br#"{"content":"hi","metadata":{"a":{"b.c":1}}}"#,
            "/metadata",
        ),
        (
            &messages,
            br#"{"content":"hi","metadata":{"a":18446744073709551615}}"#,
            "/metadata/a",
        ),
        (
            &messages,
            br#"{"content":"hi","thread_id":"7"}"#,
            "/thread_id",
        ),
        (
            &messages,
            br#"{"content":"hi","attachments":[{"type":"image","url":"javascript:1"}]}"#,
            "/attachments/0/url",
        ),
        (&messages, deep.as_bytes(), &deep_place),
        (&messages, br#"{"content":"#, "/content"),
        (&messages, b"", ""),
        (&messages, b"[]", ""),
        (
            "/v1/users",
            br#"{"external_id":"no spaces"}"#,
            "/external_id",
        ),
        (
            "/v1/users",
            br#"{"external_id":"eve","email":"nobody"}"#,
            "/email",
        ),
        ("/v1/users", br#"{"name":"eve"}"#, "/external_id"),
        (
            "/v1/users/batch",
            br#"{"users":[{"external_id":"x"},{"external_id":"y","name":1}]}"#,
            "/users/1/name",
        ),
        (
            "/v1/users/batch",
            br#"{"users":[{"external_id":"x"},{"external_id":"y","email":"@"}]}"#,
            "/users/1/email",
        ),
        ("/v1/conversations", br#"{"type":"circle"}"#, "/type"),
        (
            "/v1/conversations",
            br#"{"type":"group","participants":["nobody"]}"#,
            "/participants/0",
        ),
    ];
    for (path, body, place) in cases {
        let told = String::from_utf8_lossy(body);
        let call = app
            .as_key(&acme, "POST", path)
            .header("content-type", "application/json");
        let call = if path.contains("users") {
            call
        } else {
            call.header("caas-user", "ext:ada")
        };
        let response = call.raw(body.to_vec()).await;
        assert_eq!(
            response.problem(),
            (400, "invalid_request", *place),
            "{path} {told}: {response:?}"
        );
    }
    assert_eq!(count(&app, &acme, &group).await, before);
}

#[tokio::test]
async fn a_body_beyond_its_bounds_is_refused() {
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
async fn json_is_accepted_however_its_type_is_written() {
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
    let packed = json().header("content-encoding", "gzip").raw(body()).await;
    assert_eq!(packed.problem(), (415, "unsupported_media_type", "-"));
    assert!(packed.text("/detail").contains("gzip"), "{packed:?}");
    let twice = json()
        .header("content-type", "application/json")
        .raw(body())
        .await;
    assert_eq!(twice.problem(), (400, "invalid_request", "content-type"));
}

#[tokio::test]
async fn a_bad_query_is_refused_by_its_parameter() {
    let app = TestApp::new();
    let acme = app.tenant("Acme").await;
    app.create_users(&acme, &["ada"]).await;
    let group = app.create_group(&acme, &["ada"]).await;
    let strange = app.create_group(&acme, &["ada"]).await;
    let elsewhere = app.send_text(&acme, "ada", &strange, "elsewhere").await;
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
async fn what_is_not_there_not_yours_and_not_a_name_are_the_same_404() {
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
        "ext:nobody",
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
