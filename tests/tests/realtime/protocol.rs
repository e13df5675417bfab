//! Invalid frames: each is rejected with its reason and has no effect.

use serde_json::json;
use testkit::World;
use testkit::socket::Socket;

use super::connections::ended;

/// Numbers below 0 that a client may send.
const BELOW_ZERO: [i64; 2] = [i64::MIN, -1];

testkit::stories!(
    invalid_frame_is_rejected_with_its_ref,
    connection_ends_with_the_reason_of_its_frame,
);

/// The error of an invalid frame has its `ref` whatever else is invalid, and the connection stays
/// open.
async fn invalid_frame_is_rejected_with_its_ref(world: World) {
    let group = world.tenant.group(&[&world.alice, &world.bob]).await;
    let mut alice = world.alice.socket().await;
    let nested = format!(r#""metadata":{}{}"#, "[".repeat(40), "]".repeat(40));
    let broken = [
        r#""content":"half \ud800""#,
        r#""content":"a\u0000""#,
        r#""content":"a","content":"b""#,
        r#""n":1e400"#,
        &nested,
    ];
    for (number, field) in broken.into_iter().enumerate() {
        let frame = format!(
            r#"{{"t":"send","conversation_id":"{group}","client_message_id":"{number}",{field},"ref":"R{number}"}}"#
        );
        alice.send_text(&frame).await;
        let error = alice.wait_until(|frame| frame["t"] == "error").await;
        assert_eq!(error["ref"], format!("R{number}"), "{frame}: {error}");
        assert_eq!(error["code"], "invalid_request", "{error}");
    }
    for number in BELOW_ZERO {
        let frames = [
            (
                json!({"t": "resume", "cursors": {&group: number}}),
                format!("/cursors/{group}"),
            ),
            (
                json!({"t": "ack", "conversation_id": group, "seq": number}),
                "/seq".to_owned(),
            ),
            (
                json!({"t": "read", "conversation_id": group, "seq": number}),
                "/seq".to_owned(),
            ),
            (
                json!({"t": "get", "conversation_id": group, "from": number, "to": 1}),
                "/from".to_owned(),
            ),
            (
                json!({"t": "get", "conversation_id": group, "from": 1, "to": number}),
                "/to".to_owned(),
            ),
            (
                json!({"t": "user_get", "from": number, "to": 1}),
                "/from".to_owned(),
            ),
        ];
        for (mut frame, pointer) in frames {
            frame["ref"] = json!("N");
            let error = alice.ask(frame).await;
            assert_eq!(error["errors"][0]["pointer"], pointer, "{error}");
        }
    }
    for number in [0, i64::MAX] {
        let resumed = alice
            .ask(json!({"t": "resume", "ref": "S", "cursors": {&group: number}}))
            .await;
        assert_eq!(resumed["t"], "ok", "{resumed}");
    }
    assert_eq!(alice.say(&group, "good", "still here").await["t"], "sent");
}

/// A connection that is rejected or closed because of a frame is closed with the reason.
async fn connection_ends_with_the_reason_of_its_frame(world: World) {
    let base = world.server.url();
    let token = &world.alice.token;
    let group = world.tenant.group(&[&world.alice, &world.bob]).await;
    let hellos = [
        (
            json!({"t": "hello", "token": token, "cursors": {&group: i64::MIN}}),
            format!("/cursors/{group}"),
        ),
        (
            json!({"t": "hello", "token": token, "user_cursor": -1}),
            "/user_cursor".to_owned(),
        ),
        (
            json!({"t": "hello", "token": token, "device_id": ""}),
            "/device_id".to_owned(),
        ),
        (
            json!({"t": "hello", "token": token, "more": 1}),
            "/more".to_owned(),
        ),
        (json!({"t": "ping"}), "/t".to_owned()),
    ];
    for (hello, pointer) in hellos {
        let mut socket = Socket::connect(&base).await.expect("a connection");
        socket.send(hello).await;
        assert_eq!(
            socket.wait_for("error").await["errors"][0]["pointer"],
            pointer
        );
        ended(socket, 4000, "invalid_hello").await;
    }
    for cursors in [
        format!("cursors={group}:{}", i64::MIN),
        format!("cursors={group}:-1"),
        "user_cursor=-1".to_owned(),
    ] {
        world
            .alice
            .api
            .get(&format!("/v1/realtime/events?{cursors}"))
            .await
            .refuses(400, "invalid_request");
    }
    let long = json!({"t": "ping", "ref": "x".repeat(300 * 1024)}).to_string();
    let mut unknown = Socket::connect(&base).await.expect("a connection");
    unknown.send_text(&long).await;
    ended(unknown, 1009, "frame_too_large").await;
    let mut alice = world.alice.socket().await;
    alice.send_text(&long).await;
    ended(alice, 1009, "frame_too_large").await;
    let mut alice = world.alice.socket().await;
    alice.send_invalid_text().await;
    ended(alice, 1007, "invalid_text").await;
    let mut watcher = world.bob.socket().await;
    watcher
        .send(json!({"t": "presence", "user_ids": [world.alice.id]}))
        .await;
    watcher
        .wait_until(|frame| frame["type"] == "presence.changed" && frame["data"]["online"] == false)
        .await;
}
