//! Typing and presence: each change is sent once.

use serde_json::{Value, json};
use testkit::World;
use testkit::socket::{Cursors, Socket};

testkit::stories!(
    typing_is_stopped_once_for_each_reason,
    presence_is_sent_once_for_each_change,
);

/// Typing ends with a message and when the connection is closed or lost.
async fn typing_is_stopped_once_for_each_reason(world: World) {
    let bob = &world.bob;
    let base = world.server.url();
    let group = world.tenant.group(&[&world.alice, bob]).await;
    let typing = |typing: bool| json!({"t": "typing", "ref": "t", "conversation_id": group, "typing": typing});
    let mut alice = world.alice.socket().await;
    let mut phone = Socket::resume(&base, &bob.token, "phone", Cursors::default()).await;
    for how in ["stop", "socket", "http", "closed", "lost"] {
        // A second device that is typing, too, changes nothing.
        let mut laptop = Socket::resume(&base, &bob.token, "laptop", Cursors::default()).await;
        for device in [&mut phone, &mut laptop] {
            assert_eq!(device.ask(typing(true)).await["t"], "ok");
        }
        alice.wait_for("typing.started").await;
        match how {
            "stop" => assert_eq!(phone.ask(typing(false)).await["t"], "ok"),
            "socket" => assert_eq!(phone.say(&group, how, how).await["t"], "sent"),
            "http" => drop(bob.say(&group, how).await),
            _ => {}
        }
        match how {
            "lost" => drop((laptop, phone)),
            "closed" => {
                laptop.close().await;
                phone.close().await;
            }
            _ => {
                let stopped = alice.wait_for("typing.stopped").await;
                assert_eq!(
                    stopped["data"],
                    json!({"conversation_id": group, "user_id": bob.id}),
                    "{how}"
                );
                phone = Socket::resume(&base, &bob.token, "phone", Cursors::default()).await;
                continue;
            }
        }
        alice.wait_for("typing.stopped").await;
        phone = Socket::resume(&base, &bob.token, "phone", Cursors::default()).await;
    }
    drop(alice.ask(json!({"t": "ping", "ref": "last"})).await);
    let more: Vec<_> = alice
        .waiting()
        .iter()
        .filter(|frame| is_typing(frame))
        .collect();
    assert!(more.is_empty(), "{more:?}");
}

/// Three devices of a user connect and disconnect: a watcher receives one change each way.
async fn presence_is_sent_once_for_each_change(world: World) {
    let bob = &world.bob;
    let base = world.server.url();
    let group = world.tenant.group(&[&world.alice, bob]).await;
    let mut alice = world.alice.socket().await;
    let watch =
        json!({"t": "presence", "ref": "w", "user_ids": [bob.id], "conversation_id": group});
    assert_eq!(alice.ask(watch).await["t"], "ok");
    let mut seen = Vec::new();
    for _ in 0..2 {
        let mut devices = Vec::new();
        for name in ["phone", "laptop", "tablet"] {
            let mut device = Socket::resume(&base, &bob.token, name, Cursors::default()).await;
            // The response is sent once the device's presence is stored.
            assert_eq!(
                device
                    .ask(json!({"t": "presence", "ref": "p", "online": true}))
                    .await["t"],
                "ok"
            );
            devices.push(device);
        }
        for device in devices {
            device.close().await;
        }
        seen.push(alice.wait_until(|frame| is_presence(frame, true)).await);
        seen.push(
            alice
                .wait_until(|frame| {
                    is_presence(frame, false) && frame["data"]["last_seen_at"].is_string()
                })
                .await,
        );
    }
    assert_eq!(seen.len(), 4);
    drop(alice.ask(json!({"t": "ping", "ref": "last"})).await);
    // Only the initial state is left.
    let left: Vec<_> = alice
        .waiting()
        .iter()
        .filter(|frame| frame["type"] == "presence.changed")
        .collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

fn is_typing(frame: &Value) -> bool {
    frame["type"] == "typing.started" || frame["type"] == "typing.stopped"
}

fn is_presence(frame: &Value, online: bool) -> bool {
    frame["type"] == "presence.changed" && frame["data"]["online"] == online
}
