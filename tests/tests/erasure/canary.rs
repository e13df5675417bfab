//! A user who writes one word in every text that the API accepts.

use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Tenant, TestUser};

/// A word in all data of the user.
pub const CANARY: &str = "kanarienvogel";

/// Creates a user with the word in every field.
pub async fn carol(tenant: &Tenant) -> TestUser {
    let carol = tenant.person(&format!("{CANARY}-id")).await;
    let named = json!({
        "name": format!("{CANARY} name"), "email": format!("{CANARY}@example.com"),
        "avatar_url": format!("https://example.com/{CANARY}"), "metadata": {"note": CANARY},
    });
    drop(
        tenant
            .api
            .patch(&format!("/v1/users/{}", carol.id), named)
            .await
            .expect(200),
    );
    drop(
        tenant
            .api
            .patch("/v1/settings", json!({"users_set_external_ids": true}))
            .await
            .expect(200),
    );
    carol
}

/// Writes, edits, reacts and reads, and creates data of each other kind.
pub async fn live(carol: &TestUser, group: &str, alice: &TestUser) {
    write(carol, group).await;
    let heard = alice.say(group, "hello").await;
    let reaction = format!("/v1/messages/{}/reactions/:{CANARY}:", id(&heard));
    assert!(carol.api.put(&reaction).await.status < 300);
    drop(
        carol
            .api
            .post(
                &format!("/v1/conversations/{group}/read"),
                json!({"seq": heard["seq"]}),
            )
            .await
            .expect(200),
    );
    begin(carol, alice).await;
    settle(carol).await;
    act(carol, alice).await;
}

/// Sends a message with the word in every field, edits it, and sends one with an idempotency key.
async fn write(carol: &TestUser, group: &str) {
    let messages = format!("/v1/conversations/{group}/messages");
    let message = json!({
        "type": CANARY, "content": format!("{CANARY} text"), "client_message_id": format!("{CANARY}-1"),
        "metadata": {"note": CANARY},
        "attachments": [{"type": "file", "url": format!("https://example.com/{CANARY}"), "name": CANARY}],
    });
    let said = carol.api.post(&messages, message).await.expect(201);
    let again = json!({"content": format!("{CANARY} again")});
    drop(
        carol
            .api
            .patch(&format!("/v1/messages/{}", id(&said)), again)
            .await
            .expect(200),
    );
    let keyed = carol.api.with("Idempotency-Key", &format!("{CANARY}-2"));
    drop(
        keyed
            .post(&messages, json!({"content": CANARY}))
            .await
            .expect(201),
    );
}

/// Creates a conversation with herself only, and one with Alice that she deletes.
async fn begin(carol: &TestUser, alice: &TestUser) {
    let called = json!({
        "type": "group", "name": CANARY, "external_id": CANARY, "participants": [],
        "avatar_url": format!("https://example.com/{CANARY}"), "metadata": {"note": CANARY},
    });
    let keyed = carol.api.with("Idempotency-Key", &format!("{CANARY}-3"));
    let notes = keyed.post("/v1/conversations", called).await.expect(201);
    carol.say(id(&notes), &format!("{CANARY} note")).await;
    let called = json!({"type": "group", "name": CANARY, "metadata": {"note": CANARY}, "participants": [alice.id]});
    let over = carol
        .api
        .post("/v1/conversations", called)
        .await
        .expect(201);
    assert!(
        carol
            .api
            .delete(&format!("/v1/conversations/{}", id(&over)))
            .await
            .status
            < 300
    );
}

/// Fills the profile, the preferences and the data of an app.
async fn settle(carol: &TestUser) {
    let user = format!("/v1/users/{}", carol.id);
    let profile = json!({"bio": CANARY, "avatar_thumbnail_url": format!("https://example.com/{CANARY}"), "metadata": {"note": CANARY}});
    drop(
        carol
            .api
            .patch(&format!("{user}/profile"), profile)
            .await
            .expect(200),
    );
    let preferences = json!({"dashboard": {"favorite_apps": [CANARY]}, "widgets": {"customizations": {CANARY: CANARY}}});
    drop(
        carol
            .api
            .patch(&format!("{user}/preferences"), preferences)
            .await
            .expect(200),
    );
    let kept = json!({"data_key": CANARY, "value": {CANARY: CANARY}});
    drop(
        carol
            .api
            .post(&format!("{user}/apps/{CANARY}/data"), kept)
            .await
            .expect(201),
    );
}

/// Records an activity, registers a device, and exchanges relationship notes with Alice.
async fn act(carol: &TestUser, alice: &TestUser) {
    let user = format!("/v1/users/{}", carol.id);
    let activity = json!({"event_type": CANARY, "app_id": CANARY, "session_id": CANARY, "data": {CANARY: CANARY}});
    drop(
        carol
            .api
            .post(&format!("{user}/activities"), activity)
            .await
            .expect(201),
    );
    let event = json!({
        "event_id": CANARY, "name": CANARY, "category": "custom", "app_id": CANARY, "session_id": CANARY,
        "data": {CANARY: CANARY},
    });
    drop(
        carol
            .api
            .post("/v1/analytics/events", event)
            .await
            .expect(201),
    );
    let device = json!({"platform": "web", "name": CANARY, "model": CANARY, "app_version": CANARY, "push_token": CANARY});
    let registered = carol
        .api
        .call(
            Method::PUT,
            &format!("{user}/devices/{CANARY}"),
            Some(device),
        )
        .await;
    assert!(registered.status < 300, "{}", registered.body);
    for (one, other) in [(carol, alice), (alice, carol)] {
        let path = format!("/v1/users/{}/relationships/{}", one.id, other.id);
        drop(
            one.api
                .patch(&path, json!({"remark": CANARY}))
                .await
                .expect(200),
        );
    }
}

fn id(made: &Value) -> &str {
    made["id"].as_str().expect("an id")
}
