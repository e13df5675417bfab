//! Access of former participants, bans, and external ids that users set.

#![cfg(test)]

use reqwest::Method;
use serde_json::{Value, json};
use testkit::World;
use testkit::socket::Socket;

/// Texts written after the removal.
const LATER: [&str; 4] = ["third version", "later word", "later name", "later note"];

testkit::stories!(
    removed_participant_is_shown_nothing_of_what_came_later,
    banned_user_takes_part_again_only_once_the_ban_is_lifted,
    user_gives_no_external_id_unless_the_tenant_lets_them,
);

/// Bob is removed. No request and no connection shows him later changes.
async fn removed_participant_is_shown_nothing_of_what_came_later(world: World) {
    let alice = &world.alice;
    let bob = &world.bob;
    let new = json!({"type": "group", "name": "first name", "participants": [bob.id]});
    let group = text(&alice.api.post("/v1/conversations", new).await.expect(201)["id"]);
    let conversation = format!("/v1/conversations/{group}");
    let said = text(&alice.say(&group, "first version").await["id"]);
    let message = format!("/v1/messages/{said}");
    drop(
        alice
            .api
            .patch(&message, json!({"content": "second version"}))
            .await
            .expect(200),
    );
    let own = text(&bob.say(&group, "mine").await["id"]);
    let mut socket = bob.socket().await;
    assert_eq!(
        alice
            .api
            .delete(&format!("{conversation}/participants/{}", bob.id))
            .await
            .status,
        204
    );
    socket.wait_for("participant.removed").await;
    let last = alice.api.get(&conversation).await.expect(200)["head_seq"]
        .as_i64()
        .expect("a head");
    drop(
        alice
            .api
            .patch(&message, json!({"content": "third version"}))
            .await
            .expect(200),
    );
    drop(
        alice
            .api
            .put(&format!("/v1/messages/{own}/reactions/%F0%9F%91%8D"))
            .await
            .expect(200),
    );
    let renamed = json!({"name": "later name", "metadata": {"note": "later note"}});
    drop(alice.api.patch(&conversation, renamed).await.expect(200));
    alice.say(&group, "later word").await;

    reads_only_until(&world, &group, last, [&message, &own], &mut socket).await;
    bob.api
        .get(&format!("{conversation}/participants"))
        .await
        .refuses(403, "not_a_participant");
    bob.api
        .get(&format!("{message}/status"))
        .await
        .refuses(403, "not_a_participant");
}

async fn lists_the_ban(world: &World, conversation: &str) {
    let bans = format!("{conversation}/bans");
    let list = world.alice.api.get(&bans).await.expect(200);
    assert_eq!(list["data"][0]["user"]["id"], json!(world.bob.id));
    let denied = world.bob.api.get(&bans).await;
    denied.refuses(403, "not_a_participant");
}

/// Reads a conversation in every way available to a removed user, up to the last record they may
/// see.
async fn reads_only_until(
    world: &World,
    group: &str,
    last: i64,
    [message, own]: [&str; 2],
    socket: &mut Socket,
) {
    let bob = &world.bob;
    let conversation = format!("/v1/conversations/{group}");
    let shown = bob.api.get(&conversation).await.expect(200);
    assert_eq!(shown["head_seq"], last);
    assert!(
        shown.get("participant_count").is_none() && shown.get("my").is_none(),
        "{shown}"
    );
    assert_eq!(
        bob.api.get(message).await.expect(200)["content"],
        "second version"
    );
    assert_eq!(
        bob.api
            .get(&format!("/v1/messages/{own}"))
            .await
            .expect(200)["reactions"],
        json!({})
    );
    let log = bob
        .api
        .get(&format!("{conversation}/log"))
        .await
        .expect(200);
    assert_eq!(log["to"], last);
    let history = bob
        .api
        .get(&format!("{conversation}/messages"))
        .await
        .expect(200);
    let mine = bob
        .api
        .get(&format!("/v1/users/{}/messages", bob.id))
        .await
        .expect(200);
    let get = json!({"t": "get", "ref": "g", "conversation_id": group, "from": 1, "to": last + 10});
    let range = socket.ask(get).await;
    assert_eq!(range["to"], last);
    for answer in [&shown, &log, &history, &mine, &range] {
        let answer = answer.to_string();
        assert!(
            LATER.iter().all(|later| !answer.contains(later)),
            "{answer}"
        );
        assert!(!answer.contains("\u{1f44d}"), "{answer}");
    }
}

/// A ban removes a participant, who can join or be added again only once it is lifted.
async fn banned_user_takes_part_again_only_once_the_ban_is_lifted(world: World) {
    let alice = &world.alice;
    let bob = &world.bob;
    let api = &world.tenant.api;
    let channel = json!({"type": "channel", "visibility": "public", "name": "open"});
    let channel = text(
        &alice
            .api
            .post("/v1/conversations", channel)
            .await
            .expect(201)["id"],
    );
    let conversation = format!("/v1/conversations/{channel}");
    let join = format!("{conversation}/join");
    drop(bob.api.post(&join, json!({})).await.expect(200));
    let mut hers = alice.socket().await;
    let mut his = bob.socket().await;
    let path = format!("{conversation}/bans/{}", bob.id);
    let put = async |body: Value| alice.api.call(Method::PUT, &path, Some(body)).await;
    bob.api
        .call(
            Method::PUT,
            &format!("{conversation}/bans/{}", alice.id),
            Some(json!({})),
        )
        .await
        .refuses(403, "role_not_allowed");
    put(json!({"expires_at": "2020-01-01T00:00:00.000Z"}))
        .await
        .refuses(400, "invalid_request");
    put(json!({"reason": "x".repeat(501)}))
        .await
        .refuses(400, "invalid_request");
    let ban = put(json!({"reason": "spam", "expires_at": "2999-01-01T00:00:00.000Z"}))
        .await
        .expect(200);
    assert_eq!(
        (&ban["reason"], &ban["expires_at"], &ban["banned_by"]),
        (
            &json!("spam"),
            &json!("2999-01-01T00:00:00.000Z"),
            &json!(alice.id)
        )
    );
    his.wait_for("participant.removed").await;
    let told = hers.wait_for("participant.banned").await;
    assert_eq!(
        told["data"],
        json!({"conversation_id": channel, "user_id": bob.id, "actor_id": alice.id})
    );
    bob.send(&channel, "1", "still here")
        .await
        .refuses(403, "not_a_participant");
    bob.api
        .post(&join, json!({}))
        .await
        .refuses(403, "user_banned");
    let add = json!({"participants": [bob.id]});
    for client in [&alice.api, api] {
        client
            .post(&format!("{conversation}/participants"), add.clone())
            .await
            .refuses(403, "user_banned");
    }
    lists_the_ban(&world, &conversation).await;
    assert_eq!(alice.api.delete(&path).await.status, 204);
    alice.api.delete(&path).await.refuses(404, "ban_not_found");
    hers.wait_for("participant.unbanned").await;
    drop(bob.api.post(&join, json!({})).await.expect(200));
}

/// Users cannot set external ids by default, and the error does not reveal whether one is taken.
async fn user_gives_no_external_id_unless_the_tenant_lets_them(world: World) {
    let alice = &world.alice;
    let api = &world.tenant.api;
    let order = |name: &str| json!({"type": "group", "external_id": name, "participants": []});
    let theirs = api
        .post("/v1/conversations", order("order-1"))
        .await
        .expect(201)["id"]
        .clone();
    let refusal = |answer: testkit::api::Answer| {
        assert_eq!(answer.status, 403, "{}", answer.text);
        (answer.body["code"].clone(), answer.body["detail"].clone())
    };
    let taken = refusal(alice.api.post("/v1/conversations", order("order-1")).await);
    let free = refusal(alice.api.post("/v1/conversations", order("order-2")).await);
    assert_eq!(taken, free);
    let keyed = alice.api.with("Idempotency-Key", "k");
    assert_eq!(
        refusal(keyed.post("/v1/conversations", order("order-1")).await),
        free
    );
    drop(
        api.acting_as(&alice.id)
            .post("/v1/conversations", order("order-2"))
            .await
            .expect(201),
    );
    assert_eq!(
        api.post("/v1/conversations", order("order-1"))
            .await
            .expect(200)["id"],
        theirs
    );
    drop(
        api.patch("/v1/settings", json!({"users_set_external_ids": true}))
            .await
            .expect(200),
    );
    drop(
        alice
            .api
            .post("/v1/conversations", order("order-3"))
            .await
            .expect(201),
    );
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
