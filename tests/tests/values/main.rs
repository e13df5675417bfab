//! Values that are stored as they were sent, and values that are rejected.

#![cfg(test)]

mod ownership;

use reqwest::Method;
use serde_json::{Value, json};
use testkit::api::Answer;
use testkit::{TestUser, World};

testkit::stories!(
    numbers_in_data_of_users_come_back_unchanged,
    numbers_in_data_of_conversations_come_back_unchanged,
    invisible_texts_are_rejected,
    malformed_values_are_rejected_at_their_location,
    an_email_address_is_taken_in_every_form,
    metadata_of_a_user_is_their_servers_unless_a_setting_says_otherwise,
);

/// Fails with a float parser that is fast but may lose the last digit.
async fn numbers_in_data_of_users_come_back_unchanged(world: World) {
    let data = json!({"n": 952_510_211.185_840_1, "some": doubles()});
    let alice = &world.alice;
    let user = format!("/v1/users/{}", alice.id);
    let stored = world
        .tenant
        .api
        .patch(&user, json!({"metadata": data}))
        .await
        .expect(200);
    assert_eq!(stored["metadata"], data);
    assert_eq!(
        world.tenant.api.get(&user).await.expect(200)["metadata"],
        data
    );
    let profile = alice
        .api
        .patch(&format!("{user}/profile"), json!({"metadata": data}))
        .await
        .expect(200);
    assert_eq!(profile["metadata"], data);
    let widgets = json!({"widgets": {"customizations": data}});
    let preferences = alice
        .api
        .patch(&format!("{user}/preferences"), widgets)
        .await
        .expect(200);
    assert_eq!(preferences["widgets"]["customizations"], data);
    let app = format!("{user}/apps/shop/data");
    drop(
        alice
            .api
            .post(&app, json!({"data_key": "numbers", "value": data}))
            .await
            .expect(201),
    );
    assert_eq!(
        alice.api.get(&format!("{app}/numbers")).await.expect(200)["value"],
        data
    );
    let activities = format!("{user}/activities");
    drop(
        alice
            .api
            .post(&activities, json!({"event_type": "measured", "data": data}))
            .await
            .expect(201),
    );
    let page = alice.api.get(&activities).await.expect(200);
    let measured = page["data"]
        .as_array()
        .expect("a page")
        .iter()
        .find(|it| it["event_type"] == "measured");
    assert_eq!(measured.expect("the activity")["data"], data);
}

/// The same over HTTP and by frame, for a conversation and its messages.
async fn numbers_in_data_of_conversations_come_back_unchanged(world: World) {
    let data = json!({"n": 952_510_211.185_840_1, "some": doubles()});
    let alice = &world.alice;
    let conversation =
        json!({"type": "group", "metadata": data, "participants": [alice.id, world.bob.id]});
    let conversation = world
        .tenant
        .api
        .post("/v1/conversations", conversation)
        .await
        .expect(201);
    assert_eq!(conversation["metadata"], data);
    let group = conversation["id"].as_str().expect("an id");
    let messages = format!("/v1/conversations/{group}/messages");
    let message = alice
        .api
        .post(&messages, json!({"content": "hi", "metadata": data}))
        .await
        .expect(201);
    assert_eq!(message["metadata"], data);
    let message = format!("/v1/messages/{}", message["id"].as_str().expect("an id"));
    let edited = json!({"metadata": {"n": -0.1, "more": data}});
    assert_eq!(
        alice.api.patch(&message, edited.clone()).await.expect(200)["metadata"],
        edited["metadata"]
    );
    let mut socket = alice.socket().await;
    let frame = json!({
        "t": "send", "ref": "1", "conversation_id": group, "content": "hi", "client_message_id": "1", "metadata": data,
    });
    assert_eq!(socket.ask(frame).await["t"], "sent");
    assert_eq!(world.bob.history(group).await[0]["metadata"], data);
}

/// A text without a visible character is rejected; joiners between visible ones are stored.
async fn invisible_texts_are_rejected(world: World) {
    let alice = &world.alice;
    let group = world.tenant.group(&[alice, &world.bob]).await;
    let messages = format!("/v1/conversations/{group}/messages");
    let hello = alice.say(&group, "hello").await;
    let message = format!("/v1/messages/{}", hello["id"].as_str().expect("an id"));
    let user = format!("/v1/users/{}", alice.id);
    let mine = alice.api.clone();
    for blank in [
        " ",
        "\u{200b}",
        "\u{202e}",
        "\u{3164}",
        "\u{e0001}",
        "\u{2800}\u{feff}",
    ] {
        rejects(
            mine.post(&messages, json!({"content": blank})).await,
            "/content",
        );
        rejects(
            mine.patch(&message, json!({"content": blank})).await,
            "/content",
        );
        rejects(mine.patch(&user, json!({"name": blank})).await, "/name");
        rejects(
            mine.patch(&format!("{user}/profile"), json!({"bio": blank}))
                .await,
            "/bio",
        );
        rejects(
            mine.post("/v1/conversations", json!({"type": "group", "name": blank}))
                .await,
            "/name",
        );
    }
    let family = "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467} \u{2764}\u{fe0f}";
    let sent = mine
        .post(&messages, json!({"content": family}))
        .await
        .expect(201);
    assert_eq!(sent["content"], family);
}

/// Invalid emoji, file names, links and sequence numbers are rejected in all requests.
async fn malformed_values_are_rejected_at_their_location(world: World) {
    let alice = &world.alice;
    let group = world.tenant.group(&[alice, &world.bob]).await;
    let messages = format!("/v1/conversations/{group}/messages");
    let hello = alice.say(&group, "hello").await;
    let message = format!("/v1/messages/{}", hello["id"].as_str().expect("an id"));
    let mine = alice.api.clone();
    let attached = |field: &str, value: &str| {
        let mut attachment = json!({"type": "file", "url": "https://example.com/a"});
        attachment[field] = json!(value);
        json!({"attachments": [attachment]})
    };
    for (field, value) in [
        ("name", ""),
        ("name", "a\r\nb"),
        ("name", "a\u{202e}gpj.exe"),
        ("mime_type", ""),
        ("mime_type", "x\r\nY: z"),
        ("url", "https://a\u{202e}b.example/"),
    ] {
        rejects(
            mine.post(&messages, attached(field, value)).await,
            &format!("/attachments/0/{field}"),
        );
    }
    for mark in ["read", "delivered"] {
        rejects(
            mine.post(
                &format!("/v1/conversations/{group}/{mark}"),
                json!({"seq": -1}),
            )
            .await,
            "/seq",
        );
    }
    rejects(
        mine.patch(&message, json!({"content": "hi", "version": 0}))
            .await,
        "/version",
    );
    rejects(
        device(alice, "phone", json!({"platform": "web", "push_token": ""})).await,
        "/push_token",
    );
    for name in ["a%00b", "a%0Ab", "%E2%80%8B"] {
        rejects(
            device(alice, name, json!({"platform": "web"})).await,
            "/device_id",
        );
    }
    only_one_emoji_is_a_reaction(alice, &message).await;
    reserved_types_are_for_servers(&world, &messages).await;
    let settings = world.tenant.api.get("/v1/settings").await.expect(200);
    let same = json!({"create_users": true, "version": settings["version"]});
    assert_eq!(
        world
            .tenant
            .api
            .patch("/v1/settings", same)
            .await
            .expect(200),
        settings
    );
}

async fn only_one_emoji_is_a_reaction(alice: &TestUser, message: &str) {
    for emoji in [
        "%F0%9F%91%8D%F0%9F%91%8D",
        "123",
        "%E2%82%AC",
        "%E2%80%8D",
        "%F0%9F%87%A6",
        "%F0%9F%8F%BD",
    ] {
        rejects(
            alice.api.put(&format!("{message}/reactions/{emoji}")).await,
            "emoji",
        );
    }
    let toned = alice
        .api
        .put(&format!("{message}/reactions/%F0%9F%91%8D%F0%9F%8F%BD"))
        .await
        .expect(200);
    assert_eq!(toned["reactions"]["\u{1f44d}\u{1f3fd}"], 1);
}

/// E-mail addresses that differ in form only are equal; invalid ones are rejected.
async fn an_email_address_is_taken_in_every_form(world: World) {
    let alice = format!("/v1/users/{}", world.alice.id);
    let bob = format!("/v1/users/{}", world.bob.id);
    let api = &world.tenant.api;
    let email = |email: &str| json!({"email": email});
    drop(
        api.patch(&alice, email("j\u{fc}rgen@b\u{fc}cher.example"))
            .await
            .expect(200),
    );
    for form in [
        "ju\u{308}rgen@b\u{fc}cher.example",
        "J\u{dc}RGEN@xn--bcher-kva.example",
    ] {
        api.patch(&bob, email(form))
            .await
            .refuses(409, "email_taken");
        let batch = json!({"users": [{"external_id": "new", "email": form}]});
        api.post("/v1/users/batch", batch)
            .await
            .refuses(409, "email_taken");
    }
    let found = api
        .get("/v1/users?email=J%C3%9Crgen@xn--bcher-kva.example")
        .await
        .expect(200);
    assert_eq!(found["data"][0]["id"], world.alice.id.as_str());
    for bad in ["a\u{200b}@b.c", "<a@b.c>", "mailto:a@b.c"] {
        rejects(api.patch(&bob, email(bad)).await, "/email");
    }
}

/// Users cannot change their metadata by default, since servers rely on it.
async fn metadata_of_a_user_is_their_servers_unless_a_setting_says_otherwise(world: World) {
    let alice = format!("/v1/users/{}", world.alice.id);
    let plan = json!({"metadata": {"plan": "pro"}});
    let as_alice = world.tenant.api.acting_as("ext:alice");
    world
        .alice
        .api
        .patch(&alice, plan.clone())
        .await
        .refuses(403, "forbidden");
    as_alice
        .patch(&alice, plan.clone())
        .await
        .refuses(403, "forbidden");
    drop(
        world
            .alice
            .api
            .patch(&format!("{alice}/profile"), plan.clone())
            .await
            .expect(200),
    );
    drop(
        world
            .tenant
            .api
            .patch(&alice, plan.clone())
            .await
            .expect(200),
    );
    drop(
        world
            .tenant
            .api
            .patch("/v1/settings", json!({"users_set_metadata": true}))
            .await
            .expect(200),
    );
    drop(world.alice.api.patch(&alice, plan).await.expect(200));
}

/// The type `system` is sent and edited with an API key only, even on behalf of a user.
async fn reserved_types_are_for_servers(world: &testkit::World, messages: &str) {
    let system = json!({"type": "system", "content": "The shop is closed."});
    for reserved in ["system", "system.closed"] {
        let forged = json!({"type": reserved, "content": "The shop is closed."});
        world
            .alice
            .api
            .post(messages, forged)
            .await
            .refuses(403, "forbidden");
    }
    let as_alice = world.tenant.api.acting_as("ext:alice");
    let sent = as_alice.post(messages, system).await.expect(201);
    let path = format!("/v1/messages/{}", sent["id"].as_str().expect("an id"));
    world
        .alice
        .api
        .patch(&path, json!({"content": "The shop is open."}))
        .await
        .refuses(403, "forbidden");
    drop(
        as_alice
            .patch(&path, json!({"content": "The shop is open."}))
            .await
            .expect(200),
    );
}

/// Returns many doubles of all magnitudes.
fn doubles() -> Vec<Value> {
    let bits = (1..200_u64).map(|step| step.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let finite = bits.map(f64::from_bits).filter(|number| number.is_finite());
    finite.map(|number| json!(number)).collect()
}

async fn device(person: &TestUser, name: &str, body: Value) -> Answer {
    person
        .api
        .call(
            Method::PUT,
            &format!("/v1/users/{}/devices/{name}", person.id),
            Some(body),
        )
        .await
}

fn rejects(answer: Answer, place: &str) {
    assert_eq!(
        answer.body["errors"][0]["pointer"], place,
        "{}",
        answer.text
    );
    answer.refuses(400, "invalid_request");
}
