//! Messages that staff send to clients.

use serde_json::json;
use testkit::eventually;
use testkit::fake_graph::{Fault, now};
use testkit::socket::Socket;

use crate::support::{Scene, text};

/// What staff write arrives at the client in order; statuses never go backward.
pub async fn answer_reaches_the_client_and_its_status_returns(scene: Scene) {
    let integration = scene.whatsapp("3001").await;
    let account = &integration.account;
    let channel = scene
        .client_writes(&integration, "16505550101", "wamid.q")
        .await;
    scene.messages(&channel, 1).await;
    let alice = &scene.world.alice;
    let mut messages = Vec::new();
    for at in 0..5 {
        messages.push(alice.say(&channel, &format!("answer {at}")).await);
    }
    let sent = scene.fake.wait_for_sent("3001", 5).await;
    for (at, sent) in sent.iter().enumerate() {
        assert_eq!(sent.body["text"]["body"], json!(format!("answer {at}")));
        assert_eq!(sent.body["to"], "16505550101");
        assert_eq!(sent.body["biz_opaque_callback_data"], messages[at]["id"]);
    }
    let first = text(&messages[0], "id");
    for status in ["read", "delivered", "sent"] {
        assert_eq!(
            account.post(&account.status(&sent[0], status, now())).await,
            200
        );
        scene.status(first, "read").await;
    }
    let second = text(&messages[1], "id");
    assert_eq!(
        account
            .post(&account.status(&sent[1], "failed", now()))
            .await,
        200
    );
    let failed = scene.status(second, "failed").await;
    assert_eq!(failed["reason"], "131026: Message undeliverable");
    assert_eq!(
        account
            .post(&account.status(&sent[2], "delivered", now()))
            .await,
        200
    );
    scene.status(text(&messages[2], "id"), "delivered").await;
    let conversation = scene
        .world
        .bob
        .api
        .get(&format!("/v1/conversations/{channel}"))
        .await;
    conversation.refuses(404, "conversation_not_found");
    assert_eq!(scene.fake.sent_by("3001").len(), 5, "nothing is sent twice");
}

/// Throttling is retried, an unclear result waits for the status, a rejection is explained; the
/// order is kept.
pub async fn failures_are_retried_decided_and_explained(scene: Scene) {
    let integration = scene.whatsapp("3002").await;
    let account = &integration.account;
    let channel = scene
        .client_writes(&integration, "16505550102", "wamid.f")
        .await;
    scene.messages(&channel, 1).await;
    scene.fake.plan(
        "3002",
        Fault::Error {
            status: 429,
            code: 130_429,
        },
    );
    scene.fake.plan(
        "3002",
        Fault::Error {
            status: 500,
            code: 131_000,
        },
    );
    let alice = &scene.world.alice;
    let retried = alice.say(&channel, "retried").await;
    let after = alice.say(&channel, "after").await;
    let sent = scene.fake.wait_for_sent("3002", 2).await;
    assert_eq!(
        (&sent[0].body["text"]["body"], &sent[1].body["text"]["body"]),
        (&json!("retried"), &json!("after"))
    );
    assert_eq!(sent[0].body["biz_opaque_callback_data"], retried["id"]);
    assert_eq!(sent[1].body["biz_opaque_callback_data"], after["id"]);
    scene.fake.plan(
        "3002",
        Fault::Error {
            status: 400,
            code: 131_047,
        },
    );
    let rejected = alice.say(&channel, "rejected").await;
    let failed = scene.status(text(&rejected, "id"), "failed").await;
    assert_eq!(failed["reason"], "131047: planned");
    scene.fake.plan("3002", Fault::LostResponse);
    let unclear = alice.say(&channel, "unclear").await;
    let sent = scene.fake.wait_for_sent("3002", 3).await;
    let blocked = alice.say(&channel, "blocked until it is decided").await;
    assert_eq!(
        account
            .post(&account.status(&sent[2], "delivered", now()))
            .await,
        200
    );
    scene.status(text(&unclear, "id"), "delivered").await;
    let sent = scene.fake.wait_for_sent("3002", 4).await;
    assert_eq!(sent[3].body["biz_opaque_callback_data"], blocked["id"]);
}

/// A rejected token is reported, and the message is sent with the renewed one.
pub async fn message_waits_for_a_renewed_token(scene: Scene) {
    let integration = scene.whatsapp("3006").await;
    let channel = scene
        .client_writes(&integration, "16505550106", "wamid.k")
        .await;
    scene.messages(&channel, 1).await;
    let alice = &scene.world.alice;
    scene.fake.plan(
        "3006",
        Fault::Error {
            status: 401,
            code: 190,
        },
    );
    alice.say(&channel, "token").await;
    let api = &scene.world.tenant.api;
    let path = format!("/v1/integrations/{}", integration.id);
    eventually("the token must be renewed", async || {
        api.get(&path).await.expect(200)["reauthorization_required"] == true
    })
    .await;
    let renewed = api
        .patch(&path, json!({"access_token": "renewed"}))
        .await
        .expect(200);
    assert_eq!(renewed["reauthorization_required"], false);
    assert_eq!(scene.fake.wait_for_sent("3006", 1).await.len(), 1);
}

/// After 24 hours only templates are accepted, at once and with a code.
pub async fn closed_window_allows_templates_only(scene: Scene) {
    let integration = scene.whatsapp("3003").await;
    let account = &integration.account;
    let yesterday = now() - 25 * 60 * 60;
    let webhook = account.text("16505550103", "Ada", "wamid.old", yesterday, "Hello?");
    assert_eq!(account.post(&webhook).await, 200);
    let channel = scene.channel(&integration, "16505550103").await;
    scene.messages(&channel, 1).await;
    let alice = &scene.world.alice;
    let late = alice.send(&channel, "late", "too late").await;
    late.refuses(409, "outside_service_window");
    let path = format!("/v1/conversations/{channel}/messages");
    let template = json!({"type": "template", "content": "Your order has arrived.",
        "metadata": {"template": {"name": "order_arrived", "language": {"code": "en"}}}});
    drop(alice.api.post(&path, template).await.expect(201));
    let sent = scene.fake.wait_for_sent("3003", 1).await;
    assert_eq!(sent[0].body["template"]["name"], "order_arrived");
    scene
        .client_writes(&integration, "16505550103", "wamid.new")
        .await;
    scene.messages(&channel, 3).await;
    alice.say(&channel, "in time").await;
    let sent = scene.fake.wait_for_sent("3003", 2).await;
    assert_eq!(sent[1].body["text"]["body"], "in time");
}

/// A ticket opens with a message of the client, is assigned, answered, snoozed and resolved.
pub async fn ticket_follows_the_conversation(scene: Scene) {
    let integration = scene.whatsapp("3004").await;
    let channel = scene
        .client_writes(&integration, "16505550104", "wamid.t1")
        .await;
    scene.messages(&channel, 1).await;
    let api = &scene.world.tenant.api;
    let path = format!("/v1/conversations/{channel}/ticket");
    let ticket = api.get(&path).await.expect(200);
    assert_eq!(
        (&ticket["status"], &ticket["client_user_id"].is_string()),
        (&json!("open"), &true)
    );
    assert!(ticket["waiting_since"].is_string() && ticket["window_ends_at"].is_string());
    let listed = async |query: &str| {
        let page = api
            .get(&format!("/v1/support_tickets?limit=100&{query}"))
            .await
            .expect(200);
        page["data"]
            .as_array()
            .expect("a list")
            .iter()
            .any(|entry| entry["conversation_id"] == channel)
    };
    assert!(listed("status=open&order=waiting").await && listed("status=open&order=window").await);
    let assign = json!({"assignee": "ext:bob", "labels": ["refund"], "version": ticket["version"]});
    let assigned = api.patch(&path, assign.clone()).await.expect(200);
    assert_eq!(assigned["assignee_id"], json!(scene.world.bob.id));
    api.patch(&path, assign)
        .await
        .refuses(409, "version_conflict");
    assert!(listed("assignee=ext:bob").await);
    scene.world.bob.say(&channel, "I take over").await;
    let answered = api.get(&path).await.expect(200);
    assert_eq!(
        (&answered["status"], &answered["waiting_since"]),
        (&json!("pending"), &json!(null))
    );
    api.patch(&path, json!({"status": "snoozed"}))
        .await
        .refuses(400, "invalid_request");
    let past = json!({"status": "snoozed", "snoozed_until": "2026-01-01T00:00:00.000Z"});
    drop(api.patch(&path, past).await.expect(200));
    eventually("the ticket is open again", async || {
        api.get(&path).await.expect(200)["status"] == "open"
    })
    .await;
    drop(
        api.patch(&path, json!({"status": "resolved", "assignee": null}))
            .await
            .expect(200),
    );
    assert!(listed("status=resolved").await);
    scene
        .client_writes(&integration, "16505550104", "wamid.t2")
        .await;
    scene.messages(&channel, 3).await;
    assert_eq!(api.get(&path).await.expect(200)["status"], "open");
    let group = scene.world.tenant.group(&[&scene.world.alice]).await;
    let none = api.get(&format!("/v1/conversations/{group}/ticket")).await;
    none.refuses(404, "ticket_not_found");
}

/// A channel with a client who has a token of their own.
struct ClientChannel {
    channel: String,
    token: String,
    as_client: testkit::api::Client,
}

impl ClientChannel {
    async fn new(scene: &Scene, number: &str, from: &str) -> Self {
        let integration = scene.whatsapp(number).await;
        let id = format!("wamid.of.{number}");
        let channel = scene.client_writes(&integration, from, &id).await;
        scene.messages(&channel, 1).await;
        let client = Scene::client(&integration, from);
        let path = format!("/v1/users/{client}/tokens");
        let minted = scene.world.tenant.api.post(&path, json!({})).await;
        let token = text(&minted.expect(201), "token").to_owned();
        let url = scene.world.server.url();
        Self {
            channel,
            as_client: testkit::api::Client::new(&url).bearer(&token),
            token,
        }
    }

    fn messages(&self) -> String {
        format!("/v1/conversations/{}/messages", self.channel)
    }

    fn log(&self) -> String {
        format!("/v1/conversations/{}/log?after=0", self.channel)
    }
}

/// Notes of staff reach staff live; the client receives neither them nor a trace in lists.
pub async fn notes_reach_staff_only(scene: Scene) {
    let of = ClientChannel::new(&scene, "3005", "16505550105").await;
    let channel = of.channel.clone();
    let alice = &scene.world.alice;
    let mut client_socket = Socket::open(&scene.world.server.url(), &of.token).await;
    let mut alice_socket = alice.socket().await;
    let body = json!({"content": "difficult customer", "audience": "staff"});
    let note = alice.api.post(&of.messages(), body).await.expect(201);
    assert_eq!(note["audience"], "staff");
    let answer = alice.say(&channel, "Good morning").await;
    // Alice is in the channels of the other stories too.
    let seen = loop {
        let event = alice_socket.wait_for("message.new").await;
        if event["conversation_id"] == channel {
            break event;
        }
    };
    assert_eq!(seen["data"]["content"], "difficult customer");
    let seen = client_socket.wait_for("message.new").await;
    assert_eq!(
        (&seen["data"]["content"], &seen["seq"]),
        (&json!("Good morning"), &answer["seq"])
    );
    let log = of.as_client.get(&of.log()).await.expect(200);
    let history = of.as_client.get(&of.messages()).await.expect(200);
    let conversation = of
        .as_client
        .get(&format!("/v1/conversations/{channel}"))
        .await
        .expect(200);
    for page in [&log, &history, &conversation] {
        assert!(!page.to_string().contains("difficult"), "{page}");
    }
    assert_eq!(conversation["my"]["unread"], 1);
    let sent = scene.fake.wait_for_sent("3005", 1).await;
    assert_eq!(
        (sent.len(), &sent[0].body["text"]["body"]),
        (1, &json!("Good morning"))
    );
}

/// The client can neither read, react to nor write a note; its edit and deletion are hidden too.
pub async fn notes_are_inaccessible_to_the_client(scene: Scene) {
    let of = ClientChannel::new(&scene, "3007", "16505550107").await;
    let ClientChannel {
        channel, as_client, ..
    } = &of;
    let alice = &scene.world.alice;
    let path = of.messages();
    let body = json!({"content": "difficult customer", "audience": "staff"});
    let note = alice.api.post(&path, body.clone()).await.expect(201);
    let id = text(&note, "id");
    let of_note = format!("/v1/messages/{id}");
    for path in [
        of_note.clone(),
        format!("{of_note}/status"),
        format!("{path}?around={id}"),
    ] {
        as_client.get(&path).await.refuses(404, "message_not_found");
    }
    let reaction = as_client
        .put(&format!("{of_note}/reactions/%F0%9F%91%8D"))
        .await;
    reaction.refuses(404, "message_not_found");
    let notes = format!("/v1/conversations/{channel}/notes");
    as_client.get(&notes).await.refuses(403, "forbidden");
    as_client
        .post(&path, body.clone())
        .await
        .refuses(400, "invalid_request");
    let listed = alice.api.get(&notes).await.expect(200);
    assert_eq!(listed["data"][0]["id"], note["id"]);
    drop(
        alice
            .api
            .patch(&of_note, json!({"content": "difficult, but right"}))
            .await
            .expect(200),
    );
    assert_eq!(alice.api.delete(&of_note).await.status, 204);
    let log = as_client.get(&of.log()).await.expect(200);
    assert!(!log.to_string().contains(id), "{log}");
    let group = scene.world.tenant.group(&[alice, &scene.world.bob]).await;
    let elsewhere = alice
        .api
        .post(&format!("/v1/conversations/{group}/messages"), body)
        .await;
    elsewhere.refuses(400, "invalid_request");
}
