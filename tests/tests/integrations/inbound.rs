//! Messages that clients send from platforms.

use futures_util::future::join_all;
use serde_json::{Value, json};
use testkit::eventually;
use testkit::fake_graph::{now, sign};

use crate::support::{Scene, text};

/// The first message of a person creates a client, a link and a channel with the staff.
pub async fn first_message_creates_client_and_channel(scene: Scene) {
    let integration = scene.whatsapp("2001").await;
    let channel = scene
        .client_writes(&integration, "16505551234", "wamid.first")
        .await;
    let messages = scene.messages(&channel, 1).await;
    let message = &messages[0];
    assert_eq!(
        (
            &message["content"],
            &message["source"],
            &message["external_message_id"]
        ),
        (&json!("Hello"), &json!("whatsapp"), &json!("wamid.first"))
    );
    assert_eq!(message["platform_integration_id"], json!(integration.id));
    assert_eq!(message["sender"]["display_name"], "Ada");
    let api = &scene.world.tenant.api;
    let client = Scene::client(&integration, "16505551234");
    let user = api.get(&format!("/v1/users/{client}")).await.expect(200);
    assert_eq!(user["role"], "client");
    let conversation = api
        .get(&format!("/v1/conversations/{channel}"))
        .await
        .expect(200);
    assert_eq!(
        (&conversation["client_user_id"], &conversation["visibility"]),
        (&user["id"], &json!("private"))
    );
    assert!(conversation["window_ends_at"].is_string());
    let links = api
        .get(&format!("/v1/users/{client}/platform_links"))
        .await
        .expect(200);
    let link = &links["data"][0];
    assert_eq!(
        (&link["verification_status"], &link["aliases"][0]),
        (
            &json!("verified"),
            &json!({"kind": "phone", "value": "16505551234"})
        )
    );
    let event = scene.event("wamid.first", "processed").await;
    assert_eq!(
        (&event["user_id"], &event["message_id"]),
        (&user["id"], &message["id"])
    );
    let staff = json!({"staff": ["ext:alice", "ext:bob"]});
    let path = format!("/v1/users/{client}/channel_assignments");
    let assigned = api.post(&path, staff).await.expect(201);
    let next = scene
        .client_writes(&integration, "16505551234", "wamid.second")
        .await;
    assert_eq!(text(&assigned, "channel_id"), next);
    assert_eq!(
        scene.messages(&next, 1).await[0]["external_message_id"],
        "wamid.second"
    );
    let history = api.get(&path).await.expect(200);
    let is_active = |at: usize| history["data"][at]["is_active"].as_bool();
    assert_eq!((is_active(0), is_active(1)), (Some(true), Some(false)));
    let of_staff = format!("/v1/users/{}/channel_assignments", scene.world.alice.id);
    api.post(&of_staff, json!({}))
        .await
        .refuses(409, "state_conflict");
}

/// Bodies with another signature than Meta's are rejected, and nothing of them is stored.
pub async fn only_signed_bodies_are_stored(scene: Scene) {
    let integration = scene.whatsapp("2002").await;
    let account = &integration.account;
    let webhook = account.text(
        "16505550002",
        "Eve 😀",
        "wamid.forged",
        now(),
        "ja \u{1f600} / ü",
    );
    let body = webhook.to_string();
    let escaped = body.replace('😀', "\\ud83d\\ude00");
    let signature = sign(&account.app_secret, body.as_bytes());
    let digits = signature.strip_prefix("sha256=").expect("the prefix");
    let upper = format!("sha256={}", digits.to_uppercase());
    let other = sign("another-secret", body.as_bytes());
    let empty = sign(&account.app_secret, b"");
    for invalid in [
        None,
        Some(""),
        Some(digits),
        Some(&*upper),
        Some(&*other),
        Some(&*empty),
    ] {
        let status = account.post_raw(body.clone().into(), invalid).await;
        assert_eq!(status, 401, "{invalid:?}");
    }
    assert_eq!(
        account.post_raw(escaped.into(), Some(&signature)).await,
        401
    );
    assert_eq!(account.post_raw(Vec::new(), Some(&signature)).await, 401);
    let client = Scene::client(&integration, "16505550002");
    let api = &scene.world.tenant.api;
    api.get(&format!("/v1/users/{client}"))
        .await
        .refuses(404, "user_not_found");
    let events = api
        .get("/v1/webhook_events?limit=100&direction=backward")
        .await
        .expect(200);
    assert!(!events.to_string().contains("wamid.forged"));
    assert_eq!(account.post_raw(body.into(), Some(&signature)).await, 200);
    scene.event("wamid.forged", "processed").await;
}

/// Updates that arrive five times, concurrently and in any order, are stored once; one person gets
/// one channel.
pub async fn repeated_and_concurrent_updates_store_one_message(scene: Scene) {
    let integration = scene.whatsapp("2003").await;
    let account = &integration.account;
    let webhooks: Vec<Value> = (0..20)
        .map(|at| {
            let id = format!("wamid.many.{at}");
            account.text("16505550003", "Ada", &id, now(), &format!("text {at}"))
        })
        .collect();
    let posts = (0..100).map(|at| account.post(&webhooks[(at * 7) % 20]));
    assert!(
        join_all(posts)
            .await
            .into_iter()
            .all(|status| status == 200)
    );
    let channel = scene.channel(&integration, "16505550003").await;
    let messages = scene.messages(&channel, 20).await;
    for at in 0..20 {
        scene.event(&format!("wamid.many.{at}"), "processed").await;
    }
    let mut ids: Vec<_> = messages
        .iter()
        .map(|message| text(message, "external_message_id"))
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((messages.len(), ids.len()), (20, 20));
    let client = Scene::client(&integration, "16505550003");
    let path = format!("/v1/users/{client}/channel_assignments");
    let page = scene.world.tenant.api.get(&path).await.expect(200);
    assert_eq!(page["data"].as_array().expect("a list").len(), 1);
}

/// Every kind of message becomes a message; a kind of the future is described.
pub async fn every_kind_is_shown(scene: Scene) {
    let integration = scene.whatsapp("2004").await;
    let account = &integration.account;
    let from = "16505550004";
    let channel = scene
        .client_writes(&integration, from, "wamid.kind.0")
        .await;
    let kinds = kinds();
    for (at, (part, _, _)) in kinds.iter().enumerate() {
        let id = format!("wamid.kind.{}", at + 1);
        let webhook = account.message(from, "Ada", &id, now(), part);
        assert_eq!(account.post(&webhook).await, 200);
    }
    let messages = scene.messages(&channel, kinds.len() + 1).await;
    for (message, (_, kind, content)) in messages[1..].iter().zip(&kinds) {
        assert_eq!(
            (text(message, "type"), text(message, "content")),
            (*kind, *content)
        );
    }
    assert_eq!(messages[kinds.len()]["thread_id"], messages[0]["id"]);
}

/// Returns parts of messages, with the type and content of the message that each becomes.
fn kinds() -> [(Value, &'static str, &'static str); 10] {
    [
        (
            json!({"type": "button", "button": {"text": "Yes", "payload": "yes"}}),
            "text",
            "Yes",
        ),
        (
            json!({"type": "interactive", "interactive": {"type": "list_reply",
            "list_reply": {"id": "1", "title": "Red"}}}),
            "text",
            "Red",
        ),
        (
            json!({"type": "location", "location": {"latitude": 52.5, "longitude": 13.4, "name": "Berlin"}}),
            "location",
            "Berlin\n52.5, 13.4",
        ),
        (
            json!({"type": "contacts", "contacts": [{"name": {"formatted_name": "Bob"},
            "phones": [{"phone": "+49 30"}]}]}),
            "contacts",
            "Bob +49 30",
        ),
        (
            json!({"type": "order", "order": {"catalog_id": "1", "product_items": [{}, {}]}}),
            "order",
            "[order of 2 items]",
        ),
        // More than the metadata of a message holds.
        (
            json!({"type": "order", "order": {"catalog_id": "1",
            "product_items": vec![json!({"product_retailer_id": "a".repeat(200)}); 100]}}),
            "order",
            "[order of 100 items]",
        ),
        (
            json!({"type": "system", "system": {"body": "Ada changed her number"}}),
            "notice",
            "Ada changed her number",
        ),
        (
            json!({"type": "unsupported", "errors": [{"code": 131_051, "title": "Unsupported"}]}),
            "unsupported",
            "Unsupported",
        ),
        (
            json!({"type": "of_the_future", "of_the_future": {"x": 1}}),
            "unsupported",
            "[unsupported]",
        ),
        (
            json!({"type": "text", "text": {"body": "re"}, "context": {"id": "wamid.kind.0"}, "new": {}}),
            "text",
            "re",
        ),
    ]
}

/// A reaction is added, replaced and removed.
pub async fn reaction_is_replaced_and_removed(scene: Scene) {
    let integration = scene.whatsapp("2007").await;
    let account = &integration.account;
    let from = "16505550007";
    let channel = scene
        .client_writes(&integration, from, "wamid.reacted")
        .await;
    let messages = scene.messages(&channel, 1).await;
    let react = async |id: &str, emoji: Value| {
        let mut reaction = json!({"message_id": "wamid.reacted"});
        if emoji.is_string() {
            reaction["emoji"] = emoji;
        }
        let part = json!({"type": "reaction", "reaction": reaction});
        let webhook = account.message(from, "Ada", id, now(), &part);
        assert_eq!(account.post(&webhook).await, 200);
        scene.event(id, "processed").await;
        let path = format!("/v1/messages/{}", text(&messages[0], "id"));
        scene.world.alice.api.get(&path).await.expect(200)["reactions"].clone()
    };
    assert_eq!(react("wamid.react.1", json!("👍")).await, json!({"👍": 1}));
    assert_eq!(react("wamid.react.2", json!("🎉")).await, json!({"🎉": 1}));
    assert_eq!(react("wamid.react.3", Value::Null).await, json!({}));
}

/// An update of an account without an integration is kept, and replayed once there is one.
pub async fn update_of_an_unknown_account_is_replayed(scene: Scene) {
    let integration = scene.whatsapp("2005").await;
    let mut elsewhere = integration.account.clone();
    elsewhere.phone_number_id = Some("2999".to_owned());
    let webhook = elsewhere.text("16505550005", "Ada", "wamid.lost", now(), "Hello");
    assert_eq!(elsewhere.post(&webhook).await, 200);
    let event = scene.event("wamid.lost", "failed").await;
    assert!(text(&event, "detail").contains("integration_not_found"));
    assert_eq!(
        elsewhere
            .post_raw(
                b"no json".to_vec(),
                Some(&sign(&elsewhere.app_secret, b"no json"))
            )
            .await,
        200
    );
    let other = scene.whatsapp("2999").await;
    let api = &scene.world.tenant.api;
    eventually("the event is replayed", async || {
        let replayed = api
            .post("/v1/webhook_events/replay", json!({"state": "failed"}))
            .await;
        drop(replayed.expect(200));
        let client = Scene::client(&other, "16505550005");
        api.get(&format!("/v1/users/{client}")).await.status == 200
    })
    .await;
    scene.event("wamid.lost", "processed").await;
    let channel = scene.channel(&other, "16505550005").await;
    assert_eq!(scene.messages(&channel, 1).await.len(), 1);
}

/// Messages, reactions and deletions of Instagram are routed; echoes have no effect.
pub async fn instagram_updates_are_routed(scene: Scene) {
    let body = json!({
        "platform": "instagram", "integration_name": "Insta", "business_account_id": "178410001",
        "access_token": "token", "app_secret": "insta-secret", "verify_token": "verify",
        "settings": {"staff": ["ext:alice"]},
    });
    let integration = scene.integration(body).await;
    let account = &integration.account;
    let update = |part: Value| {
        let mut update = part;
        update["sender"] = json!({"id": "555"});
        update["recipient"] = json!({"id": "178410001"});
        update["timestamp"] = json!(now() * 1_000);
        account.instagram(&update)
    };
    let first = update(json!({"message": {"mid": "m_1", "text": "Hi from Insta"}}));
    let echo = update(json!({"message": {"mid": "m_9", "text": "echo", "is_echo": true}}));
    let story = update(json!({"message": {"mid": "m_2", "text": "nice",
        "reply_to": {"story": {"id": "1", "url": "https://example.com/s"}}}}));
    for webhook in [&first, &echo, &story] {
        assert_eq!(account.post(webhook).await, 200);
    }
    let channel = scene.channel(&integration, "555").await;
    let messages = scene.messages(&channel, 2).await;
    assert_eq!(messages[0]["source"], "instagram");
    assert_eq!(
        messages[1]["metadata"]["instagram"]["reply_to"]["story"]["id"],
        "1"
    );
    scene.event("m_9", "ignored").await;
    let react = update(
        json!({"reaction": {"mid": "m_1", "action": "react", "reaction": "love", "emoji": "❤"}}),
    );
    let delete = update(json!({"message": {"mid": "m_2", "is_deleted": true}}));
    assert_eq!(account.post(&react).await, 200);
    assert_eq!(account.post(&delete).await, 200);
    let path = format!("/v1/messages/{}", text(&messages[0], "id"));
    let alice = &scene.world.alice.api;
    eventually("the reaction is stored", async || {
        alice.get(&path).await.expect(200)["reactions"] == json!({"❤": 1})
    })
    .await;
    let path = format!("/v1/messages/{}", text(&messages[1], "id"));
    eventually("the message is deleted", async || {
        alice.get(&path).await.expect(200)["deleted_at"].is_string()
    })
    .await;
}

/// Media is downloaded with the token and stored as a file; media that does not exist is described.
pub async fn media_becomes_a_file(scene: Scene) {
    let integration = scene.whatsapp("2006").await;
    let account = &integration.account;
    let parts = [
        json!({"type": "image", "image": {"id": "700", "mime_type": "image/png", "caption": "A dot"}}),
        json!({"type": "document", "document": {"id": "404", "mime_type": "application/pdf"}}),
    ];
    for (at, part) in parts.iter().enumerate() {
        let id = format!("wamid.media.{at}");
        let webhook = account.message("16505550006", "Ada", &id, now(), part);
        assert_eq!(account.post(&webhook).await, 200);
    }
    let channel = scene.channel(&integration, "16505550006").await;
    let messages = scene.messages(&channel, 2).await;
    let attachment = &messages[0]["attachments"][0];
    assert_eq!(
        (&messages[0]["type"], &messages[0]["content"]),
        (&json!("image"), &json!("A dot"))
    );
    assert_eq!(attachment["type"], "image");
    let path = text(attachment, "path");
    let response = scene
        .world
        .alice
        .api
        .request(reqwest::Method::GET, path)
        .send()
        .await;
    let bytes = response.expect("a response").bytes().await.expect("a body");
    assert_eq!(&bytes[..], testkit::fake_graph::PIXEL);
    assert_eq!(
        (&messages[1]["type"], &messages[1]["content"]),
        (&json!("file"), &json!("[file]"))
    );
}
