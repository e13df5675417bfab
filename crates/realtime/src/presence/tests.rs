use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use base::{Id, limit};
use domain::Actor;
use domain::messaging::remove_participant;
use domain::settings::PresenceVisibility;
use domain::users::User;
use serde_json::{Value, json};
use wire::frames::{Hello, Presence};

use crate::connection::Connection;
use crate::hub::{Hub, Registration, on_change};
use crate::session::enter;
use crate::world::{World, frames_until};

/// Returns the next presence of a user that is sent to a connection.
async fn next_presence(connection: &Connection, user: Id<User>) -> Value {
    let all = frames_until(connection, |frame| frame["data"]["user_id"] == json!(user)).await;
    all.last().unwrap()["data"]["online"].clone()
}

/// Returns a request to watch users.
fn watch(users: &[Id<User>]) -> Presence {
    Presence {
        online: None,
        user_ids: Some(
            users
                .iter()
                .copied()
                .map(base::IdOrExternalId::Id)
                .collect(),
        ),
        conversation_id: None,
    }
}

/// A crashed node writes no offline state; periodic checks find it.
#[tokio::test]
async fn user_of_crashed_node_becomes_offline() {
    let world = World::new().await;
    let (_, alice) = world.user("alice").await;
    let (bob, bob_hello) = world.user("bob").await;
    let surviving_hub = world.node();
    let failing_hub = world.node();
    let alice = enter(&surviving_hub, alice, None).await.unwrap();
    super::handle(&surviving_hub, &alice, watch(&[bob]))
        .await
        .unwrap();
    assert_eq!(next_presence(&alice, bob).await, false);
    let connected = enter(&failing_hub, bob_hello, None).await.unwrap();
    assert_eq!(next_presence(&alice, bob).await, true);
    world
        .advance(Duration::from_secs(limit::PRESENCE_SECONDS as u64 + 1))
        .await;
    assert_eq!(next_presence(&alice, bob).await, false);
    drop((connected, failing_hub));
}

/// A client that disconnects during the handshake was never online.
#[tokio::test]
async fn cancelled_handshake_leaves_nothing_registered() {
    let world = World::new().await;
    let hub = world.node();
    let mut numbers = 0..100;
    let (bob, hello) = loop {
        let name = format!("bob-{}", numbers.next().expect("an incomplete handshake"));
        let (bob, hello) = world.user(&name).await;
        if cancel_handshake(&hub, hello.clone()).await {
            break (bob, hello);
        }
    };
    let stats = hub.stats();
    assert_eq!(
        (stats.connections, stats.users, stats.subscriptions),
        (0, 0, 0)
    );
    hub.settled().await;
    assert_eq!(world.presence(bob).await, None);
    let _connected = enter(&hub, hello, None).await.unwrap();
    hub.settled().await;
    assert!(world.presence(bob).await.unwrap().online);
}

/// Disconnects during the handshake. Returns whether the handshake was incomplete.
async fn cancel_handshake(hub: &Hub, hello: Hello) -> bool {
    let mut entering = pin!(enter(hub, hello, None));
    let outcome = poll_fn(|context| match entering.as_mut().poll(context) {
        Poll::Ready(entered) => Poll::Ready(Some(entered.unwrap())),
        Poll::Pending if hub.stats().connections == 1 => Poll::Ready(None),
        Poll::Pending => Poll::Pending,
    });
    let outcome = outcome.await;
    outcome.is_none()
}

/// All offline states are written before the store closes.
#[tokio::test]
async fn users_disconnected_together_are_written_as_offline() {
    let world = World::new().await;
    let hub = world.node();
    let mut connected = Vec::new();
    for number in 0..200 {
        let (user, hello) = world.user(&format!("user-{number}")).await;
        connected.push((user, enter(&hub, hello, None).await.unwrap()));
    }
    let (users, connections): (Vec<_>, Vec<_>) = connected.into_iter().unzip();
    drop(connections);
    hub.settled().await;
    // The last connections dropped are written last.
    for user in users.into_iter().rev() {
        assert!(!world.presence(user).await.unwrap().online);
        assert!(
            domain::users::resolve(&world.tenant, &base::IdOrExternalId::Id(user))
                .await
                .unwrap()
                .last_seen_at
                .is_some()
        );
    }
}

/// Presence frames of a replaced connection are ignored.
#[tokio::test]
async fn replaced_connection_changes_no_presence() {
    let world = World::new().await;
    let hub = world.node();
    let (bob, hello) = world.user("bob").await;
    let replaced = enter(&hub, hello.clone(), None).await.unwrap();
    let present = enter(&hub, hello, None).await.unwrap();
    hub.settled().await;
    let mut changes = world.changes();
    let hide = || Presence {
        online: Some(false),
        user_ids: None,
        conversation_id: None,
    };
    super::handle(&hub, &replaced, hide()).await.unwrap();
    hub.settled().await;
    assert!(changes.is_empty(), "{:?}", changes.try_recv());
    super::handle(&hub, &present, hide()).await.unwrap();
    assert!(!world.presence(bob).await.unwrap().online);
}

/// A node receives change events of its own writes again, and late.
#[tokio::test]
async fn late_change_event_does_not_show_offline_or_hidden_user() {
    let world = World::new().await;
    let hub = world.node();
    let other = world.node();
    let (_, alice) = world.user("alice").await;
    let (bob, bob_hello) = world.user("bob").await;
    let (carol, carol_hello) = world.user("carol").await;
    let (dave, dave_hello) = world.user("dave").await;
    let mut changes = world.changes();
    let connected = enter(&hub, bob_hello, None).await.unwrap();
    let hidden = enter(&hub, dave_hello, None).await.unwrap();
    hub.settled().await;
    drop(connected);
    super::handle(
        &hub,
        &hidden,
        Presence {
            online: Some(false),
            user_ids: None,
            conversation_id: None,
        },
    )
    .await
    .unwrap();
    hub.settled().await;
    let alice = enter(&hub, alice, None).await.unwrap();
    super::handle(&hub, &alice, watch(&[bob, dave, carol]))
        .await
        .unwrap();
    while let Ok(change) = changes.try_recv() {
        on_change(&hub, &change);
    }
    let carol_connection = enter(&other, carol_hello, None).await.unwrap();
    let frames = frames_until(&alice, |frame| {
        frame["data"] == json!({"user_id": carol, "online": true})
    })
    .await;
    let connected = frames
        .iter()
        .filter(|frame| frame["data"]["online"] == true)
        .count();
    assert_eq!(connected, 1, "{frames:?}");
    drop((carol_connection, hidden));
}

/// The last state sent is the stored one, whatever changes during the check.
#[tokio::test]
async fn watch_during_presence_changes_ends_with_stored_state() {
    let world = World::new().await;
    let hub = world.node();
    let other = world.node();
    let (_, alice) = world.user("alice").await;
    let (bob, bob_hello) = world.user("bob").await;
    let alice = enter(&hub, alice, None).await.unwrap();
    let mut connected: Option<Registration> = None;
    for round in 0..20 {
        let (carol, carol_hello) = world.user(&format!("carol-{round}")).await;
        let mut asking = pin!(super::handle(&hub, &alice, watch(&[bob, carol])));
        while !poll_fn(|context| {
            Poll::Ready(asking.as_mut().poll(context).map(Result::unwrap).is_ready())
        })
        .await
        {
            match connected.take() {
                Some(connected) => drop(connected),
                None => connected = Some(enter(&hub, bob_hello.clone(), None).await.unwrap()),
            }
            hub.settled().await;
        }
        let carol_connection = enter(&other, carol_hello, None).await.unwrap();
        let frames = frames_until(&alice, |frame| {
            frame["data"] == json!({"user_id": carol, "online": true})
        })
        .await;
        drop(carol_connection);
        let bob_presence = frames
            .iter()
            .rfind(|frame| frame["data"]["user_id"] == json!(bob))
            .expect("presence of bob");
        assert_eq!(
            bob_presence["data"]["online"],
            connected.is_some(),
            "{frames:?}"
        );
    }
}

/// Members of a shared conversation are visible until one of the two is removed.
#[tokio::test]
async fn watch_ends_when_the_watched_user_is_removed() {
    let world = World::new().await;
    world
        .set_presence_visibility(PresenceVisibility::SharedConversation)
        .await;
    let hub = world.node();
    let (alice_id, hello) = world.user("alice").await;
    let (bob, bob_hello) = world.user("bob").await;
    let group = world.group(alice_id, bob).await;
    let alice = enter(&hub, hello, None).await.unwrap();
    let _connected = enter(&hub, bob_hello, None).await.unwrap();
    hub.settled().await;
    // Without the conversation, Bob is shown as offline.
    super::handle(&hub, &alice, watch(&[bob])).await.unwrap();
    assert_eq!(next_presence(&alice, bob).await, false);
    let named = Presence {
        conversation_id: Some(base::IdOrExternalId::Id(group)),
        ..watch(&[bob])
    };
    super::handle(&hub, &alice, named.clone()).await.unwrap();
    assert_eq!(next_presence(&alice, bob).await, true);
    remove_participant(
        &world.tenant,
        Actor::Server,
        &base::IdOrExternalId::Id(group),
        &base::IdOrExternalId::Id(bob),
    )
    .await
    .unwrap();
    assert_eq!(next_presence(&alice, bob).await, false);
    assert!(alice.state.lock().watched.is_empty());
    super::handle(&hub, &alice, named).await.unwrap();
    assert_eq!(next_presence(&alice, bob).await, false);
}

/// A user who hides from the start has no last-seen time.
#[tokio::test]
async fn hidden_user_has_no_last_seen_time() {
    let world = World::new().await;
    let hub = world.node();
    let (bob, bob_hello) = world.user("bob").await;
    let hidden = enter(&hub, bob_hello, None).await.unwrap();
    super::handle(
        &hub,
        &hidden,
        Presence {
            online: Some(false),
            user_ids: None,
            conversation_id: None,
        },
    )
    .await
    .unwrap();
    let shown = world.presence(bob).await.and_then(|seen| seen.last_seen_at);
    world.advance(Duration::from_secs(30)).await;
    drop(hidden);
    hub.settled().await;
    assert_eq!(
        world.presence(bob).await.and_then(|seen| seen.last_seen_at),
        shown
    );
    assert_eq!(
        domain::users::resolve(&world.tenant, &base::IdOrExternalId::Id(bob))
            .await
            .unwrap()
            .last_seen_at,
        None
    );
}
