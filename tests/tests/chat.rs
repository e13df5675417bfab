//! Two users chat; a user of another tenant has no access.

#![cfg(test)]

use serde_json::json;
use testkit::World;

testkit::stories!(
    two_people_chat,
    a_device_resumes_after_a_kill,
    a_stranger_finds_nothing,
);

/// Bob receives Alice's message on his connection and reads it in the history.
async fn two_people_chat(world: World) {
    let room = world.tenant.group(&[&world.alice, &world.bob]).await;
    let mut bob = world.bob.socket().await;
    let sent = world.alice.say(&room, "hello").await;
    let event = bob.wait_for("message.new").await;
    assert_eq!(
        (&event["data"]["id"], &event["data"]["content"]),
        (&sent["id"], &json!("hello"))
    );
    let history = world.bob.history(&room).await;
    assert_eq!(history.len(), 1);
    assert_eq!(history[0]["sender"]["external_id"], "alice");
}

/// A killed server loses no message, and a device resumes at its cursor.
async fn a_device_resumes_after_a_kill(mut world: World) {
    let room = world.tenant.group(&[&world.alice, &world.bob]).await;
    let mut bob = world.bob.socket().await;
    world.alice.say(&room, "before").await;
    bob.wait_for("message.new").await;
    world.server.kill().await;
    world.server.run().await;
    world.alice.say(&room, "after").await;
    let mut bob = testkit::socket::Socket::resume(
        &world.server.url(),
        &world.bob.token,
        "testkit",
        bob.cursors,
    )
    .await;
    assert_eq!(
        bob.wait_for("message.new").await["data"]["content"],
        "after"
    );
}

/// A conversation of another tenant is rejected like one that does not exist.
async fn a_stranger_finds_nothing(world: World) {
    let room = world.tenant.group(&[&world.alice, &world.bob]).await;
    let stranger = &world.stranger_from_other_tenant;
    for id in [room.as_str(), "0123456789abcdef01234567"] {
        stranger
            .api
            .get(&format!("/v1/conversations/{id}"))
            .await
            .refuses(404, "conversation_not_found");
        stranger
            .send(id, "1", "hello")
            .await
            .refuses(404, "conversation_not_found");
    }
}
