//! Relationships between users, and the effects of a block.
//!
//! The tests of races with a block were verified to fail with
//! `CAAS_FAULT=authorise-before-queueing`.

#![cfg(test)]

mod races;

use serde_json::{Value, json};
use testkit::api::Answer;
use testkit::{TestUser, World};

testkit::stories!(
    two_become_friends_and_part,
    a_block_stops_direct_messages_invitations_and_profiles,
    a_block_stops_reactions_replies_and_receipts_in_groups,
    a_block_stops_groups_with_both_unless_a_setting_allows_them,
    a_block_hides_its_maker_and_stays_its_makers,
    a_blocked_direct_conversation_takes_no_message,
    a_block_takes_effect_for_open_sockets,
);

/// Alice sends a friend request and Bob accepts it. Both are friends and receive the changes on
/// all devices.
async fn two_become_friends_and_part(world: World) {
    let alice = &world.alice;
    let bob = &world.bob;
    let mut device = bob.socket().await;
    assert_eq!(
        act(alice, bob, "request").await.expect(200)["state"],
        "requested"
    );
    assert_eq!(
        device.wait_for("relationship.updated").await["data"],
        json!({"user_id": alice.id})
    );
    assert_eq!(list(bob, "state=pending").await, ["alice"]);
    act(alice, bob, "accept")
        .await
        .refuses(409, "state_conflict");
    assert_eq!(
        act(bob, alice, "accept").await.expect(200)["state"],
        "friends"
    );
    assert_eq!(
        act(bob, alice, "accept").await.expect(200)["state"],
        "friends",
        "said twice it is said once"
    );
    assert_eq!(
        (list(alice, "").await, list(bob, "").await),
        (vec!["bob".to_owned()], vec!["alice".to_owned()])
    );
    let noted = alice
        .api
        .patch(
            &path(alice, bob),
            json!({"remark": "from school", "favourite": true}),
        )
        .await
        .expect(200);
    assert_eq!(
        (&noted["remark"], &noted["favourite"]),
        (&json!("from school"), &json!(true))
    );
    assert_eq!(list(alice, "favourites=true").await, ["bob"]);
    let theirs = bob.api.get(&path(bob, alice)).await.expect(200);
    assert!(
        theirs.get("remark").is_none() && theirs["favourite"] == false,
        "a remark is private: {theirs}"
    );
    world
        .alice
        .api
        .get(&path(bob, alice))
        .await
        .refuses(403, "forbidden");
    drop(act(bob, alice, "remove").await.expect(200));
    assert!(list(alice, "").await.is_empty() && list(alice, "favourites=true").await.is_empty());
    let log = bob
        .api
        .get(&format!("/v1/users/{}/log", bob.id))
        .await
        .expect(200);
    assert!(
        log["data"]
            .as_array()
            .is_some_and(|records| records.len() >= 2),
        "{log}"
    );
}

/// A block stops direct messages, invitations and profiles in both directions. All of it works
/// again afterwards.
async fn a_block_stops_direct_messages_invitations_and_profiles(world: World) {
    let alice = &world.alice;
    let bob = &world.bob;
    let direct = direct(alice, bob).await.expect(201)["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let hello = alice.say(&direct, "hello").await;
    assert_eq!(
        act(alice, bob, "block").await.expect(200)["state"],
        "blocked"
    );
    for (one, other) in [(alice, bob), (bob, alice)] {
        one.send(&direct, "1", "still here")
            .await
            .refuses(403, "user_blocked");
        one.api
            .put(&format!(
                "/v1/messages/{}/reactions/%F0%9F%91%8D",
                hello["id"].as_str().expect("an id")
            ))
            .await
            .refuses(403, "user_blocked");
        one.api
            .get(&format!("/v1/users/{}", other.id))
            .await
            .refuses(404, "user_not_found");
        let invitation = json!({"type": "group", "name": "party", "participants": [other.id]});
        one.api
            .post("/v1/conversations", invitation)
            .await
            .refuses(403, "user_blocked");
        assert_eq!(
            one.history(&direct).await.len(),
            1,
            "what was said is still read"
        );
    }
    assert_eq!(list(alice, "state=blocked").await, ["bob"]);
    drop(act(alice, bob, "unblock").await.expect(200));
    act(alice, bob, "unblock")
        .await
        .refuses(409, "state_conflict");
    drop(bob.send(&direct, "2", "hello again").await.expect(201));
    drop(
        bob.api
            .get(&format!("/v1/users/{}", alice.id))
            .await
            .expect(200),
    );
}

/// In a group of both, the blocked user cannot reply or react, and receipts do not cross the block.
async fn a_block_stops_reactions_replies_and_receipts_in_groups(world: World) {
    let alice = &world.alice;
    let bob = &world.bob;
    drop(act(alice, bob, "block").await.expect(200));
    let shared = world.tenant.group(&[alice, bob]).await;
    let shout = alice.say(&shared, "to all").await;
    let id = shout["id"].as_str().expect("an id");
    let seq = shout["seq"].clone();
    bob.api
        .put(&format!("/v1/messages/{id}/reactions/%F0%9F%91%8D"))
        .await
        .refuses(403, "user_blocked");
    let answer = json!({"content": "answer", "thread_id": id});
    bob.api
        .post(&format!("/v1/conversations/{shared}/messages"), answer)
        .await
        .refuses(403, "user_blocked");
    let mut hers = alice.socket().await;
    let mut his = bob.socket().await;
    drop(
        bob.api
            .post(
                &format!("/v1/conversations/{shared}/read"),
                json!({"seq": seq}),
            )
            .await
            .expect(200),
    );
    his.wait_for("read.updated").await;
    bob.say(&shared, "so far").await;
    let event = hers
        .wait_until(|frame| {
            let is_bobs_mark =
                frame["type"] == "read.updated" && frame["data"]["user_id"] == json!(bob.id);
            is_bobs_mark || frame["type"] == "message.new"
        })
        .await;
    assert_eq!(
        event["type"], "message.new",
        "no mark crosses a block: {event}"
    );
    let status = alice
        .api
        .get(&format!("/v1/messages/{id}/status"))
        .await
        .expect(200);
    assert_eq!(status["data"][0]["status"], "sent", "{status}");
}

/// A third user cannot add both to one conversation, unless the tenant's setting allows it.
async fn a_block_stops_groups_with_both_unless_a_setting_allows_them(world: World) {
    let alice = &world.alice;
    let bob = &world.bob;
    let group = world.tenant.group(&[alice]).await;
    let promoted = json!({"role": "admin"});
    let participant = format!("/v1/conversations/{group}/participants/{}", alice.id);
    drop(
        world
            .tenant
            .api
            .patch(&participant, promoted)
            .await
            .expect(200),
    );
    drop(act(alice, bob, "block").await.expect(200));
    let carol = world.tenant.person("carol").await;
    let both = json!({"type": "group", "participants": [alice.id, bob.id]});
    carol
        .api
        .post("/v1/conversations", both.clone())
        .await
        .refuses(403, "user_blocked");
    drop(
        world
            .tenant
            .api
            .patch("/v1/settings", json!({"block_checks_in_groups": false}))
            .await
            .expect(200),
    );
    drop(carol.api.post("/v1/conversations", both).await.expect(201));
    let participants = json!({"participants": [bob.id]});
    alice
        .api
        .post(
            &format!("/v1/conversations/{group}/participants"),
            participants,
        )
        .await
        .refuses(403, "user_blocked");
}

/// A blocked user cannot find the blocking user. Each user can read and remove their own block.
async fn a_block_hides_its_maker_and_stays_its_makers(world: World) {
    let alice = &world.alice;
    let bob = &world.bob;
    let api = &world.tenant.api;
    drop(act(alice, bob, "block").await.expect(200));
    bob.api
        .get(&path(bob, alice))
        .await
        .refuses(404, "user_not_found");
    bob.api
        .patch(&path(bob, alice), json!({"remark": "?"}))
        .await
        .refuses(404, "user_not_found");
    for action in [
        "request", "accept", "decline", "cancel", "remove", "block", "unblock",
    ] {
        act(bob, alice, action).await.refuses(404, "user_not_found");
    }
    act(alice, bob, "request")
        .await
        .refuses(403, "user_blocked");
    assert_eq!(
        alice.api.get(&path(alice, bob)).await.expect(200)["user"]["external_id"],
        "bob"
    );
    let both = api
        .post(&path(bob, alice), json!({"action": "block"}))
        .await
        .expect(200);
    assert_eq!(both["state"], "blocked", "a server may");
    assert_eq!(
        (
            list(alice, "state=blocked").await,
            list(bob, "state=blocked").await
        ),
        (vec!["bob".to_owned()], vec!["alice".to_owned()])
    );
    drop(act(bob, alice, "unblock").await.expect(200));
    bob.api
        .get(&path(bob, alice))
        .await
        .refuses(404, "user_not_found");
    drop(act(alice, bob, "unblock").await.expect(200));
    assert_eq!(
        bob.api.get(&path(bob, alice)).await.expect(200)["state"],
        "none"
    );
}

/// A blocked user cannot create a direct conversation.
///
/// One that a server creates is blocked from its first record on.
async fn a_blocked_direct_conversation_takes_no_message(world: World) {
    let alice = &world.alice;
    let bob = &world.bob;
    drop(act(alice, bob, "block").await.expect(200));
    direct(bob, alice).await.refuses(403, "user_blocked");
    let direct = world
        .tenant
        .conversation(json!({"type": "direct", "participants": [alice.id, bob.id]}))
        .await;
    bob.send(&direct, "1", "hello")
        .await
        .refuses(403, "user_blocked");
    drop(act(alice, bob, "unblock").await.expect(200));
    drop(bob.send(&direct, "1", "hello").await.expect(201));
}

/// A block takes effect on open connections at once.
async fn a_block_takes_effect_for_open_sockets(world: World) {
    let alice = &world.alice;
    let bob = &world.bob;
    let direct = direct(alice, bob).await.expect(201)["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let mut a = alice.socket().await;
    let mut b = bob.socket().await;
    watch(&mut b, alice, &direct).await;
    b.wait_until(|frame| is_online(frame, alice, true)).await;
    drop(act(alice, bob, "block").await.expect(200));
    b.wait_until(|frame| is_online(frame, alice, false)).await;
    assert_eq!(
        b.say(&direct, "1", "still here").await["code"],
        "user_blocked"
    );
    let typing = json!({"t": "typing", "ref": "t", "conversation_id": direct, "typing": true});
    assert_eq!(b.ask(typing).await["code"], "user_blocked");
    watch(&mut a, bob, &direct).await;
    assert!(
        is_online(&a.wait_for("presence.changed").await, bob, false),
        "presence is hidden both ways"
    );
}

async fn act(user: &TestUser, other: &TestUser, action: &str) -> Answer {
    user.api
        .post(&path(user, other), json!({"action": action}))
        .await
}

fn path(user: &TestUser, other: &TestUser) -> String {
    format!("/v1/users/{}/relationships/{}", user.id, other.id)
}

async fn list(user: &TestUser, query: &str) -> Vec<String> {
    let page = user
        .api
        .get(&format!("/v1/users/{}/relationships?{query}", user.id))
        .await
        .expect(200);
    let name = |side: &Value| {
        side["user"]["external_id"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    page["data"]
        .as_array()
        .into_iter()
        .flatten()
        .map(name)
        .collect()
}

async fn direct(user: &TestUser, other: &TestUser) -> Answer {
    user.api
        .post(
            "/v1/conversations",
            json!({"type": "direct", "participants": [other.id]}),
        )
        .await
}

async fn watch(socket: &mut testkit::socket::Socket, person: &TestUser, conversation: &str) {
    let watching = socket
        .ask(json!({"t": "presence", "ref": "p", "user_ids": [person.id], "conversation_id": conversation}))
        .await;
    assert_eq!(watching["t"], "ok", "{watching}");
}

fn is_online(frame: &Value, person: &TestUser, online: bool) -> bool {
    frame["type"] == "presence.changed"
        && frame["data"]["user_id"] == person.id
        && frame["data"]["online"] == online
}
