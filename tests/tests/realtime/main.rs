//! WebSocket connections: events, resuming at cursors, and closing.

#![cfg(test)]

mod connections;
mod protocol;
mod resume_cost;
mod signals;

use serde_json::{Value, json};
use testkit::socket::{Cursors, Socket};
use testkit::{TestUser, World};

testkit::stories!(
    ticks_reach_the_sender,
    own_sends_raise_the_mark,
    messages_written_at_once_keep_their_order,
    a_client_that_was_away_misses_nothing,
    participants_come_and_go_while_connected,
    signals_of_the_moment,
    presence_is_of_all_devices,
    a_client_asks_for_a_range,
    a_stream_tells_what_a_socket_tells,
);

/// Alice writes and Bob reads. Both receive one order, and Alice receives Bob's receipts.
async fn ticks_reach_the_sender(world: World) {
    let group = world.tenant.group(&[&world.alice, &world.bob]).await;
    let mut alice = world.alice.socket().await;
    let mut bob = world.bob.socket().await;
    let sent = alice.say(&group, "1", "hello").await;
    assert_eq!(sent["t"], "sent", "{sent}");
    let new = bob.wait_for("message.new").await;
    assert_eq!(
        (&new["data"]["id"], &new["seq"], &new["data"]["content"]),
        (&sent["id"], &sent["seq"], &json!("hello"))
    );
    assert_eq!(new["data"]["sender"]["external_id"], "alice");
    bob.send(json!({"t": "read", "conversation_id": group, "seq": sent["seq"]}))
        .await;
    let read =
        |user: &TestUser| json!({"conversation_id": group, "user_id": user.id, "seq": sent["seq"]});
    alice
        .wait_until(|frame| frame["type"] == "read.updated" && frame["data"] == read(&world.bob))
        .await;
}

/// The sender's read receipt advances after each of their messages, over WebSocket and HTTP.
async fn own_sends_raise_the_mark(world: World) {
    let group = world.tenant.group(&[&world.alice, &world.bob]).await;
    world.alice.say(&group, "what do you think?").await;
    let mut bob = world.bob.socket().await;
    let path = format!("/v1/conversations/{group}");
    assert_eq!(
        world.bob.api.get(&path).await.expect(200)["my"]["unread"],
        1
    );
    let by_socket = bob.say(&group, "1", "well").await;
    bob.wait_until(|frame| {
        frame["type"] == "read.updated" && frame["data"]["seq"] == by_socket["seq"]
    })
    .await;
    assert_eq!(
        world.bob.api.get(&path).await.expect(200)["my"]["unread"],
        0
    );
    let by_http = world.bob.say(&group, "yes").await;
    bob.wait_until(|frame| {
        frame["type"] == "read.updated" && frame["data"]["seq"] == by_http["seq"]
    })
    .await;
}

/// A client may send frames without waiting for responses.
///
/// Messages and responses keep their order, including those of rejected frames.
async fn messages_written_at_once_keep_their_order(world: World) {
    let group = world.tenant.group(&[&world.alice, &world.bob]).await;
    let mut alice = world.alice.socket().await;
    let mut bob = world.bob.socket().await;
    for number in 0..100 {
        let name = number.to_string();
        let content = if number % 10 == 7 { "" } else { name.as_str() };
        alice.send(json!({"t": "send", "ref": name, "conversation_id": group, "client_message_id": name, "content": content})).await;
    }
    for number in 0..100 {
        let told = alice.wait_until(|frame| frame["ref"].is_string()).await;
        assert_eq!(
            (&told["ref"], &told["t"]),
            (
                &json!(number.to_string()),
                &json!(if number % 10 == 7 { "error" } else { "sent" })
            )
        );
        if told["t"] == "sent" {
            let new = bob.wait_for("message.new").await;
            assert_eq!(
                (&new["seq"], &new["data"]["content"]),
                (&told["seq"], &told["ref"])
            );
        }
    }
}

/// Messages sent while a client was disconnected are sent on resume, once and in order.
async fn a_client_that_was_away_misses_nothing(world: World) {
    let group = world.tenant.group(&[&world.alice, &world.bob]).await;
    let bob = world.bob.socket().await;
    let cursors = bob.cursors.clone();
    drop(bob);
    for number in 0..250 {
        world.alice.say(&group, &format!("{number}")).await;
    }
    let mut bob = Socket::resume(&world.server.url(), &world.bob.token, "testkit", cursors).await;
    for number in 0..250 {
        let new = bob.wait_for("message.new").await;
        assert_eq!(new["data"]["content"], format!("{number}"));
    }
}

/// An added participant receives the addition and all later events. The removal is the last event
/// of a removed one.
async fn participants_come_and_go_while_connected(world: World) {
    let group = world.tenant.group(&[&world.alice]).await;
    let mut alice = world.alice.socket().await;
    let mut bob = world.bob.socket().await;
    let participants = format!("/v1/conversations/{group}/participants");
    drop(
        world
            .tenant
            .api
            .post(&participants, json!({"participants": [world.bob.id]}))
            .await
            .expect(200),
    );
    let added = bob.wait_for("participant.added").await;
    assert_eq!(added["data"]["participant"]["user"]["external_id"], "bob");
    alice.say(&group, "1", "welcome").await;
    bob.wait_for("message.new").await;
    let removed = world
        .tenant
        .api
        .delete(&format!("{participants}/{}", world.bob.id))
        .await;
    assert_eq!(removed.status, 204, "{}", removed.text);
    bob.wait_for("participant.removed").await;
    alice.say(&group, "2", "he is gone").await;
    alice
        .wait_until(|frame| frame["data"]["content"] == "he is gone")
        .await;
    let refused = bob.say(&group, "3", "still here").await;
    assert_eq!(refused["code"], "not_a_participant", "{refused}");
    assert!(
        bob.events
            .iter()
            .all(|event| event["data"]["content"] != "he is gone")
    );
}

/// Typing and presence are sent to the participants concerned.
async fn signals_of_the_moment(world: World) {
    let group = world.tenant.group(&[&world.alice, &world.bob]).await;
    let mut alice = world.alice.socket().await;
    let watching = alice.ask(json!({"t": "presence", "ref": "p", "user_ids": [world.bob.id], "conversation_id": group})).await;
    assert_eq!(watching["t"], "ok", "{watching}");
    assert_eq!(
        alice.wait_for("presence.changed").await["data"]["online"],
        false
    );
    let mut bob = world.bob.socket().await;
    assert_eq!(
        alice.wait_for("presence.changed").await["data"],
        json!({"user_id": world.bob.id, "online": true})
    );
    bob.send(json!({"t": "typing", "conversation_id": group, "typing": true}))
        .await;
    assert_eq!(
        alice.wait_for("typing.started").await["data"]["user_id"],
        world.bob.id
    );
    bob.send(json!({"t": "typing", "conversation_id": group, "typing": false}))
        .await;
    alice.wait_for("typing.stopped").await;
    drop(bob);
    let gone =
        |frame: &Value| frame["type"] == "presence.changed" && frame["data"]["online"] == false;
    let gone = alice.wait_until(gone).await;
    assert!(gone["data"]["last_seen_at"].is_string(), "{gone}");
}

/// A user is online as long as one of their devices is, and no offline change is sent meanwhile.
///
/// The presence that a client sets takes precedence, even directly after its hello.
async fn presence_is_of_all_devices(world: World) {
    let bob = &world.bob;
    let url = world.server.url();
    let group = world.tenant.group(&[&world.alice, bob]).await;
    let mut alice = world.alice.socket().await;
    let watch =
        json!({"t": "presence", "ref": "w", "user_ids": [bob.id], "conversation_id": group});
    assert_eq!(alice.ask(watch.clone()).await["t"], "ok");
    assert_eq!(
        alice.wait_for("presence.changed").await["data"]["online"],
        false
    );
    let phone = Socket::resume(&url, &bob.token, "phone", Cursors::default()).await;
    let mut laptop = Socket::resume(&url, &bob.token, "laptop", Cursors::default()).await;
    phone.close().await;
    // The laptop's presence is stored after the phone's.
    assert_eq!(
        laptop
            .ask(json!({"t": "presence", "ref": "p", "online": true}))
            .await["t"],
        "ok"
    );
    let is_off =
        |frame: &Value| frame["type"] == "presence.changed" && frame["data"]["online"] == false;
    let is_on =
        |frame: &Value| frame["type"] == "presence.changed" && frame["data"]["online"] == true;
    let mut watcher = Socket::resume(&url, &world.alice.token, "other", Cursors::default()).await;
    assert_eq!(watcher.ask(watch.clone()).await["t"], "ok");
    assert_eq!(
        watcher.wait_for("presence.changed").await["data"]["online"],
        true
    );
    drop(alice.ask(json!({"t": "ping", "ref": "told so far"})).await);
    assert!(
        alice.waiting().iter().any(is_on) && !alice.waiting().iter().any(is_off),
        "{:?}",
        alice.waiting()
    );
    laptop.close().await;
    let mut hidden = Socket::resume(&url, &bob.token, "tablet", Cursors::default()).await;
    assert_eq!(
        hidden
            .ask(json!({"t": "presence", "ref": "p", "online": false}))
            .await["t"],
        "ok"
    );
    let went = alice.wait_until(is_off).await;
    assert!(went["data"]["last_seen_at"].is_string(), "{went}");
    let mut later = Socket::resume(&url, &world.alice.token, "third", Cursors::default()).await;
    assert_eq!(later.ask(watch).await["t"], "ok");
    assert_eq!(
        later.wait_for("presence.changed").await["data"]["online"],
        false
    );
}

/// A requested range is returned in order and does not exceed the log.
async fn a_client_asks_for_a_range(world: World) {
    let group = world.tenant.group(&[&world.alice, &world.bob]).await;
    for number in 0..5 {
        world.alice.say(&group, &format!("{number}")).await;
    }
    let mut bob = world.bob.socket().await;
    let range = bob
        .ask(json!({"t": "get", "ref": "r", "conversation_id": group, "from": 2, "to": 4}))
        .await;
    let seqs: Vec<_> = range["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["seq"].clone())
        .collect();
    assert_eq!(
        (seqs, &range["to"]),
        (vec![json!(2), json!(3), json!(4)], &json!(4))
    );
    let beyond = bob
        .ask(json!({"t": "get", "ref": "s", "conversation_id": group, "from": 90, "to": 95}))
        .await;
    assert_eq!(beyond["events"], json!([]));
    let wrong = bob
        .ask(json!({"t": "get", "ref": "w", "conversation_id": group, "from": 0, "to": 4}))
        .await;
    assert_eq!(wrong["code"], "invalid_request", "{wrong}");
}

/// An event stream sends the same frames as a WebSocket, starting at a cursor.
async fn a_stream_tells_what_a_socket_tells(world: World) {
    let group = world.tenant.group(&[&world.alice, &world.bob]).await;
    world.alice.say(&group, "before").await;
    let path = format!("/v1/realtime/events?cursors={group}:1");
    let mut stream = world
        .bob
        .api
        .request(reqwest::Method::GET, &path)
        .send()
        .await
        .expect("a stream");
    let mut told = String::new();
    let mut said = false;
    while !told.contains("after") {
        told += &String::from_utf8_lossy(
            &stream
                .chunk()
                .await
                .expect("the stream goes on")
                .expect("more"),
        );
        if told.contains("before") && !std::mem::replace(&mut said, true) {
            world.alice.say(&group, "after").await;
        }
    }
    let frames: Vec<Value> = told
        .lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .map(|data| serde_json::from_str(data).expect("JSON"))
        .collect();
    let events: Vec<_> = frames
        .iter()
        .filter(|frame| frame["t"] == "event")
        .map(|frame| &frame["seq"])
        .collect();
    assert_eq!(
        (&frames[0]["t"], events),
        (&json!("ready"), vec![&json!(2), &json!(3)]),
        "{told}"
    );
}
