//! Conversations and messages of two users.

use super::app::TestApp;
use axum::http::StatusCode;
use serde_json::json;

#[tokio::test]
async fn unread_message_is_listed_until_it_is_read() {
    let app = TestApp::new();
    let acme = app.tenant("Acme").await;
    app.create_users(&acme, &["ada", "bob"]).await;
    let group = app.create_group(&acme, &["ada", "bob"]).await;
    let sent = app.send_text(&acme, "ada", &group, "hello").await;

    let listed = app
        .as_user(&acme, "bob", "GET", "/v1/conversations")
        .send()
        .await;
    assert_eq!(
        listed.body["data"][0]["my"],
        json!({"role": "member", "unread": 1, "read_seq": 0, "delivered_seq": 0})
    );
    assert_eq!(listed.text("/data/0/last_message/content"), "hello");
    assert_eq!(
        listed.text("/data/0/last_message/sender/display_name"),
        "ada"
    );

    let path = format!("/v1/conversations/{group}/read");
    let read = app.as_user(&acme, "bob", "POST", &path);
    let read = read.json(&json!({ "seq": sent["seq"] })).await;
    assert_eq!(read.body["unread"], 0, "{read:?}");
    let path = format!("/v1/messages/{}/status", sent["id"].as_str().unwrap());
    let status = app.as_user(&acme, "ada", "GET", &path).send().await;
    assert_eq!(status.text("/data/0/status"), "read");
}

#[tokio::test]
async fn log_has_each_change_of_a_message() {
    let app = TestApp::new();
    let acme = app.tenant("Acme").await;
    app.create_users(&acme, &["ada", "bob"]).await;
    let group = app.create_group(&acme, &["ada", "bob"]).await;
    let sent = app.send_text(&acme, "ada", &group, "hello").await;
    let message = format!("/v1/messages/{}", sent["id"].as_str().unwrap());

    let path = format!("{message}/reactions/%F0%9F%91%8D");
    let reacted = app.as_user(&acme, "bob", "PUT", &path).send().await;
    assert_eq!(reacted.body["reactions"], json!({"👍": 1}), "{reacted:?}");
    assert_eq!(reacted.body["my_reactions"], json!(["👍"]));
    let edited = app
        .as_user(&acme, "ada", "PATCH", &message)
        .json(&json!({ "content": "hello!" }))
        .await;
    assert_eq!(edited.text("/content"), "hello!");
    let deleted = app.as_user(&acme, "ada", "DELETE", &message).send().await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT);

    let path = format!("/v1/conversations/{group}/log");
    let log = app.as_user(&acme, "bob", "GET", &path).send().await;
    let records = log.body["data"].as_array().unwrap();
    let types: Vec<_> = records
        .iter()
        .map(|record| record["type"].as_str().unwrap())
        .collect();
    let expected = [
        "conversation.created",
        "message.new",
        "reaction.new",
        "message.updated",
        "message.deleted",
    ];
    assert_eq!(types, expected);
}

#[tokio::test]
async fn cursors_of_a_history_continue_in_both_directions() {
    let app = TestApp::new();
    let acme = app.tenant("Acme").await;
    app.create_users(&acme, &["ada", "bob"]).await;
    let group = app.create_group(&acme, &["ada", "bob"]).await;
    for text in ["1", "2", "3", "4", "5"] {
        app.send_text(&acme, "ada", &group, text).await;
    }
    let page = async |query: String| {
        let path = format!("/v1/conversations/{group}/messages?{query}");
        let response = app.as_user(&acme, "bob", "GET", &path).send().await;
        assert_eq!(response.status, StatusCode::OK, "{response:?}");
        let texts = response.body["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|message| message["content"].as_str().unwrap().to_owned());
        (texts.collect::<Vec<_>>().concat(), response.body)
    };
    let (texts, newest) = page("limit=2".to_owned()).await;
    assert_eq!((&*texts, &newest["has_more"]), ("54", &json!(true)));
    let next = newest["next_cursor"].as_str().unwrap();
    let (texts, older) = page(format!("limit=2&cursor={next}")).await;
    assert_eq!(texts, "32");
    let back = older["prev_cursor"].as_str().unwrap();
    assert_eq!(
        page(format!("cursor={back}&direction=forward")).await.0,
        "45"
    );
    let (texts, around) = page(format!("limit=3&around={next}")).await;
    assert_eq!(texts, "345");
    assert_eq!(
        page(format!(
            "cursor={}",
            around["prev_cursor"].as_str().unwrap()
        ))
        .await
        .0,
        "21"
    );
}

#[tokio::test]
async fn cursor_of_users_is_bound_to_tenant_and_direction() {
    let app = TestApp::new();
    let acme = app.tenant("Acme").await;
    let umbrella = app.tenant("Umbrella").await;
    app.create_users(&acme, &["ada", "bob", "eve"]).await;
    let page = app.as_key(&acme, "GET", "/v1/users?limit=2").send().await;
    assert_eq!(page.text("/data/1/external_id"), "bob");
    let next = format!("/v1/users?limit=2&cursor={}", page.text("/next_cursor"));
    let rest = app.as_key(&acme, "GET", &next).send().await;
    assert_eq!(
        (rest.text("/data/0/external_id"), &rest.body["has_more"]),
        ("eve", &json!(false))
    );
    let back = format!(
        "/v1/users?direction=backward&cursor={}",
        rest.text("/prev_cursor")
    );
    let back = app.as_key(&acme, "GET", &back).send().await;
    assert_eq!(
        (
            back.text("/data/0/external_id"),
            back.text("/data/1/external_id")
        ),
        ("bob", "ada")
    );
    let foreign = app.as_key(&umbrella, "GET", &next).send().await;
    assert_eq!(foreign.problem(), (400, "invalid_cursor", "cursor"));
    let turned = app
        .as_key(&acme, "GET", &format!("{next}&direction=backward"))
        .send()
        .await;
    assert_eq!(turned.problem(), (400, "invalid_cursor", "cursor"));
}

#[tokio::test]
async fn repeated_request_has_its_effect_once() {
    let app = TestApp::new();
    let acme = app.tenant("Acme").await;
    app.create_users(&acme, &["ada", "bob"]).await;
    let create = async |name: &str| {
        let call = app
            .as_user(&acme, "ada", "POST", "/v1/conversations")
            .header("idempotency-key", "k1");
        call.json(&json!({ "type": "group", "name": name })).await
    };
    let first = create("plans").await;
    let again = create("plans").await;
    assert_eq!(
        (first.status, again.status),
        (StatusCode::CREATED, StatusCode::CREATED)
    );
    assert_eq!(first.body, again.body);
    assert_eq!(again.headers["idempotent-replayed"], "true");
    assert!(!first.headers.contains_key("idempotent-replayed"));
    assert_eq!(create("other").await.problem().1, "idempotency_key_reused");

    let send = async |text: &str| {
        let path = format!("/v1/conversations/{}/messages", first.text("/id"));
        let call = app
            .as_user(&acme, "ada", "POST", &path)
            .header("idempotency-key", "m1");
        call.json(&json!({ "content": text })).await
    };
    let first = send("hi").await;
    let again = send("hi").await;
    assert_eq!(
        (&first.body, &again.headers["idempotent-replayed"]),
        (&again.body, &"true".parse().unwrap())
    );
    assert_eq!(first.text("/client_message_id"), "m1");
    assert_eq!(send("ho").await.problem().1, "client_message_id_reused");
}
