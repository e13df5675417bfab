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
use crate::hub::{Hub, Registration, hear};
use crate::session::enter;
use crate::world::{World, told_until};

/// The next presence of a user that a connection is told.
async fn told(connection: &Connection, user: Id<User>) -> Value {
    let all = told_until(connection, |frame| frame["data"]["user_id"] == json!(user)).await;
    all.last().unwrap()["data"]["online"].clone()
}

/// Asks to be told of users.
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

/// A node that died says nothing: who is shown as online is looked at again.
#[tokio::test]
async fn a_user_of_a_node_that_died_is_gone_after_a_while() {
    let world = World::new().await;
    let (_, alice) = world.person("alice").await;
    let (bob, bobs) = world.person("bob").await;
    let living = world.node();
    let dying = world.node();
    let alice = enter(&living, alice, None).await.unwrap();
    super::answer(&living, &alice, watch(&[bob])).await.unwrap();
    assert_eq!(told(&alice, bob).await, false);
    let connected = enter(&dying, bobs, None).await.unwrap();
    assert_eq!(told(&alice, bob).await, true);
    world
        .pass(Duration::from_secs(limit::PRESENCE_SECONDS as u64 + 1))
        .await;
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
        let name = format!(
            "bob-{}",
            numbers.next().expect("a greeting that is not over at once")
        );
        let (bob, hello) = world.person(&name).await;
        if broken_off(&hub, hello.clone()).await {
            break (bob, hello);
        }
    };
    let stats = hub.stats();
    assert_eq!((stats.connections, stats.users, stats.feeds), (0, 0, 0));
    hub.settled().await;
    assert_eq!(world.presence(bob).await, None);
    let _connected = enter(&hub, hello, None).await.unwrap();
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
    let (users, connections): (Vec<_>, Vec<_>) = connected.into_iter().unzip();
    drop(connections);
    hub.settled().await;
    // The last who went are written last.
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

/// What a client says of its user over a connection that its device has left is not heeded.
#[tokio::test]
async fn a_connection_that_was_replaced_says_nothing() {
    let world = World::new().await;
    let hub = world.node();
    let (bob, hello) = world.person("bob").await;
    let former = enter(&hub, hello.clone(), None).await.unwrap();
    let present = enter(&hub, hello, None).await.unwrap();
    hub.settled().await;
    let mut hints = world.hints();
    let hide = || Presence {
        online: Some(false),
        user_ids: None,
        conversation_id: None,
    };
    super::answer(&hub, &former, hide()).await.unwrap();
    hub.settled().await;
    assert!(hints.is_empty(), "{:?}", hints.try_recv());
    super::answer(&hub, &present, hide()).await.unwrap();
    assert!(!world.presence(bob).await.unwrap().online);
}

/// A node hears again, and late, of what it wrote itself.
#[tokio::test]
async fn what_is_heard_late_shows_nobody_who_went_or_hides() {
    let world = World::new().await;
    let hub = world.node();
    let other = world.node();
    let (_, alice) = world.person("alice").await;
    let (bob, bobs) = world.person("bob").await;
    let (carol, carols) = world.person("carol").await;
    let (dave, daves) = world.person("dave").await;
    let mut hints = world.hints();
    let connected = enter(&hub, bobs, None).await.unwrap();
    let hidden = enter(&hub, daves, None).await.unwrap();
    hub.settled().await;
    drop(connected);
    super::answer(
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
    super::answer(&hub, &alice, watch(&[bob, dave, carol]))
        .await
        .unwrap();
    while let Ok(hint) = hints.try_recv() {
        hear(&hub, &hint);
    }
    let carol_is_there = enter(&other, carols, None).await.unwrap();
    let told = told_until(&alice, |frame| {
        frame["data"] == json!({"user_id": carol, "online": true})
    })
    .await;
    let there = told
        .iter()
        .filter(|frame| frame["data"]["online"] == true)
        .count();
    assert_eq!(there, 1, "{told:?}");
    drop((carol_is_there, hidden));
}

/// What is told last of a user is how it is, whatever changes while it is looked for.
#[tokio::test]
async fn whoever_asks_meanwhile_is_told_how_it_is() {
    let world = World::new().await;
    let hub = world.node();
    let other = world.node();
    let (_, alice) = world.person("alice").await;
    let (bob, bobs) = world.person("bob").await;
    let alice = enter(&hub, alice, None).await.unwrap();
    let mut there: Option<Registration> = None;
    for round in 0..20 {
        let (carol, carols) = world.person(&format!("carol-{round}")).await;
        let mut asking = pin!(super::answer(&hub, &alice, watch(&[bob, carol])));
        while !poll_fn(|context| {
            Poll::Ready(asking.as_mut().poll(context).map(Result::unwrap).is_ready())
        })
        .await
        {
            match there.take() {
                Some(connected) => drop(connected),
                None => there = Some(enter(&hub, bobs.clone(), None).await.unwrap()),
            }
            hub.settled().await;
        }
        let carol_is_there = enter(&other, carols, None).await.unwrap();
        let told = told_until(&alice, |frame| {
            frame["data"] == json!({"user_id": carol, "online": true})
        })
        .await;
        drop(carol_is_there);
        let of_bob = told
            .iter()
            .rfind(|frame| frame["data"]["user_id"] == json!(bob))
            .expect("an answer");
        assert_eq!(of_bob["data"]["online"], there.is_some(), "{told:?}");
    }
}

/// Members of a shared conversation are shown until one of the two is removed.
#[tokio::test]
async fn watch_ends_when_the_watched_user_is_removed() {
    let world = World::new().await;
    world
        .show_presence_to(PresenceVisibility::SharedConversation)
        .await;
    let hub = world.node();
    let (alice_id, hello) = world.person("alice").await;
    let (bob, bobs) = world.person("bob").await;
    let group = world.group(alice_id, bob).await;
    let alice = enter(&hub, hello, None).await.unwrap();
    let _connected = enter(&hub, bobs, None).await.unwrap();
    hub.settled().await;
    // Without the conversation Bob is shown as offline.
    super::answer(&hub, &alice, watch(&[bob])).await.unwrap();
    assert_eq!(told(&alice, bob).await, false);
    let named = Presence {
        conversation_id: Some(base::IdOrExternalId::Id(group)),
        ..watch(&[bob])
    };
    super::answer(&hub, &alice, named.clone()).await.unwrap();
    assert_eq!(told(&alice, bob).await, true);
    remove_participant(
        &world.tenant,
        Actor::Server,
        &base::IdOrExternalId::Id(group),
        &base::IdOrExternalId::Id(bob),
    )
    .await
    .unwrap();
    assert_eq!(told(&alice, bob).await, false);
    assert!(alice.state.lock().watched.is_empty());
    super::answer(&hub, &alice, named).await.unwrap();
    assert_eq!(told(&alice, bob).await, false);
}

/// A user who hides from the start is not seen at all.
#[tokio::test]
async fn hidden_user_leaves_no_time() {
    let world = World::new().await;
    let hub = world.node();
    let (bob, bobs) = world.person("bob").await;
    let hidden = enter(&hub, bobs, None).await.unwrap();
    super::answer(
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
    world.pass(Duration::from_secs(30)).await;
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
