//! Registered devices of users.

#![cfg(test)]

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::api::Answer;
use testkit::socket::{Closed, Cursors, Socket};
use testkit::{DataDir, Engine, ServerProcess, Tenant, TestUser, Tier, World};

testkit::stories!(
    a_device_comes_and_goes,
    a_user_has_twenty_devices_at_most,
    removing_a_device_closes_its_sockets,
);

/// A device is registered, renamed and removed; its push token is never returned.
async fn a_device_comes_and_goes(world: World) {
    let bob = &world.bob;
    let phone = json!({"platform": "ios", "app_version": "1.0", "push_token": "very-secret"});
    let registered = register(bob, "phone", phone.clone()).await.expect(201);
    assert_eq!(
        (&registered["device_id"], &registered["has_push_token"]),
        (&json!("phone"), &json!(true))
    );
    assert!(!registered.to_string().contains("very-secret"));
    drop(register(bob, "phone", phone).await.expect(200));
    let renamed = bob
        .api
        .patch(&path(bob, "phone"), json!({"name": "My phone"}))
        .await
        .expect(200);
    assert_eq!(renamed["name"], "My phone");
    let list = devices(bob).await;
    assert_eq!((list.len(), &list[0]["name"]), (1, &json!("My phone")));
    world
        .alice
        .api
        .get(&format!("/v1/users/{}/devices", bob.id))
        .await
        .refuses(403, "forbidden");
    register(bob, "phone", json!({"platform": "toaster"}))
        .await
        .refuses(400, "invalid_request");
    let removed = bob.api.delete(&path(bob, "phone")).await;
    assert_eq!(removed.status, 204, "{}", removed.text);
    bob.api
        .delete(&path(bob, "phone"))
        .await
        .refuses(404, "device_not_found");
    assert!(devices(bob).await.is_empty());
}

/// Of concurrent registrations, at most twenty succeed.
async fn a_user_has_twenty_devices_at_most(world: World) {
    let names: Vec<_> = (0..30).map(|at| format!("device-{at}")).collect();
    let answers = join_all(
        names
            .iter()
            .map(|name| register(&world.bob, name, json!({"platform": "web"}))),
    )
    .await;
    let created = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!((created, devices(&world.bob).await.len()), (20, 20));
    let refused: Vec<_> = answers
        .into_iter()
        .filter(|answer| answer.status != 201)
        .collect();
    refused
        .into_iter()
        .for_each(|answer| answer.refuses(422, "limit_reached"));
}

/// Removing a device closes its connections and is sent to the user's other devices.
///
/// A device that is registered again stays connected, although it receives the earlier removal.
async fn removing_a_device_closes_its_sockets(world: World) {
    let bob = &world.bob;
    let url = world.server.url();
    drop(
        register(bob, "phone", json!({"platform": "ios"}))
            .await
            .expect(201),
    );
    let phone = Socket::resume(&url, &bob.token, "phone", Cursors::default()).await;
    let mut laptop = Socket::resume(&url, &bob.token, "laptop", Cursors::default()).await;
    let removed = bob.api.delete(&path(bob, "phone")).await;
    assert_eq!(removed.status, 204, "{}", removed.text);
    assert_eq!(phone.closed().await, cut_off());
    assert_eq!(
        laptop.wait_for("device.removed").await["data"],
        json!({"device_id": "phone"})
    );
    drop(
        register(bob, "phone", json!({"platform": "ios"}))
            .await
            .expect(201),
    );
    let mut phone = Socket::connect(&url).await.expect("a connection");
    phone
        .send(json!({"t": "hello", "token": bob.token, "device_id": "phone", "user_cursor": 0}))
        .await;
    assert_eq!(
        phone.wait_for("device.removed").await["data"],
        json!({"device_id": "phone"})
    );
    assert_eq!(
        phone.ask(json!({"t": "ping", "ref": "p"})).await["t"],
        "pong"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn removing_a_device_closes_its_sockets_on_another_node() {
    if !Engine::MongoDb.covered() {
        return;
    }
    let data_dir = DataDir::new(Engine::MongoDb).await;
    let one = ServerProcess::start(&data_dir).await;
    let other = ServerProcess::start(&data_dir.for_second_node()).await;
    let bob = Tenant::create(&one, "ours", Tier::Free)
        .await
        .person("bob")
        .await;
    drop(
        register(&bob, "phone", json!({"platform": "ios"}))
            .await
            .expect(201),
    );
    let phone = Socket::resume(&other.url(), &bob.token, "phone", Cursors::default()).await;
    assert_eq!(bob.api.delete(&path(&bob, "phone")).await.status, 204);
    assert_eq!(phone.closed().await, cut_off());
}

fn cut_off() -> Closed {
    Closed {
        code: Some(4003),
        reason: "device_removed".to_owned(),
    }
}

fn path(user: &TestUser, device: &str) -> String {
    format!("/v1/users/{}/devices/{device}", user.id)
}

async fn register(user: &TestUser, device: &str, registration: Value) -> Answer {
    user.api
        .call(Method::PUT, &path(user, device), Some(registration))
        .await
}

async fn devices(user: &TestUser) -> Vec<Value> {
    let list = user
        .api
        .get(&format!("/v1/users/{}/devices", user.id))
        .await
        .expect(200);
    list["data"].as_array().cloned().unwrap_or_default()
}
