use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use base::{Id, limit};
use domain::users::User;
use serde_json::{Value, json};
use tokio::time::timeout;
use wire::frames::{Hello, Presence};

use crate::connection::Connection;
use crate::hub::Hub;
use crate::outbox::Next;
use crate::session::enter;
use crate::world::World;

/// How long a test waits for what is told.
const PATIENCE: Duration = Duration::from_secs(30);

/// The next presence of a user that a connection is told.
async fn told(connection: &Connection, user: Id<User>) -> Value {
    let search = async {
        loop {
            let Next::Frames(frames) = connection.outbox.next().await else { panic!("nobody closes") };
            let mut frames = frames.iter().map(|frame| serde_json::from_str::<Value>(frame.as_str()).unwrap());
            if let Some(told) = frames.find(|frame| frame["data"]["user_id"] == json!(user)) {
                return told["data"]["online"].clone();
            }
        }
    };
    timeout(PATIENCE, search).await.expect("they are told")
}

/// A node that died says nothing: who is shown as online is looked at again.
#[tokio::test]
async fn a_user_of_a_node_that_died_is_gone_after_a_while() {
    let world = World::new().await;
    let ((_, alice), (bob, bobs)) = (world.person("alice").await, world.person("bob").await);
    let (living, dying) = (world.node(), world.node());
    let alice = enter(&living, alice, None).await.unwrap();
    let watch = Presence { online: None, user_ids: Some(vec![base::Named::Id(bob)]) };
    super::answer(&living, &alice, watch).await.unwrap();
    assert_eq!(told(&alice, bob).await, false);
    let connected = enter(&dying, bobs, None).await.unwrap();
    assert_eq!(told(&alice, bob).await, true);
    world.pass(Duration::from_secs(limit::PRESENCE_SECONDS as u64 + 1)).await;
    assert_eq!(told(&alice, bob).await, false);
    drop((connected, dying));
}

/// Whoever hangs up while they are greeted was never there.
#[tokio::test]
async fn a_hello_that_is_broken_off_leaves_nothing() {
    let world = World::new().await;
    let hub = world.node();
    let mut numbers = 0..100;
    let (bob, hello) = loop {
        let name = format!("bob-{}", numbers.next().expect("a greeting that is not over at once"));
        let (bob, hello) = world.person(&name).await;
        if broken_off(&hub, hello.clone()).await {
            break (bob, hello);
        }
    };
    let stats = hub.stats();
    assert_eq!((stats.connections, stats.users, stats.feeds), (0, 0, 0));
    hub.settled().await;
    assert_eq!(world.presence(bob).await, None);
    enter(&hub, hello, None).await.unwrap();
    hub.settled().await;
    assert!(world.presence(bob).await.unwrap().online);
}

/// Hangs up in the middle of the greeting; says whether that was met.
async fn broken_off(hub: &Hub, hello: Hello) -> bool {
    let mut entering = pin!(enter(hub, hello, None));
    let over = poll_fn(|context| match entering.as_mut().poll(context) {
        Poll::Ready(entered) => Poll::Ready(Some(entered.unwrap())),
        Poll::Pending if hub.stats().connections == 1 => Poll::Ready(None),
        Poll::Pending => Poll::Pending,
    });
    let over = over.await;
    over.iter().for_each(|connection| hub.0.leave(connection, true));
    over.is_none()
}

/// All who went are written before the store closes.
#[tokio::test]
async fn whoever_went_at_once_is_written_as_gone() {
    let world = World::new().await;
    let hub = world.node();
    let mut connected = Vec::new();
    for number in 0..200 {
        let (user, hello) = world.person(&format!("user-{number}")).await;
        connected.push((user, enter(&hub, hello, None).await.unwrap()));
    }
    for (_, connection) in &connected {
        hub.0.leave(connection, true);
    }
    hub.settled().await;
    // The last who went are written last.
    for (user, _) in connected.into_iter().rev() {
        assert!(!world.presence(user).await.unwrap().online);
        assert!(domain::users::resolve(&world.tenant, &base::Named::Id(user)).await.unwrap().last_seen_at.is_some());
    }
}
