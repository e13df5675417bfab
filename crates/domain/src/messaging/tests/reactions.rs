use base::ErrorCode;
use futures_util::future::join_all;

use super::{Scene, say};
use crate::Actor;
use crate::messaging::{own_reactions, react, unreact};
use crate::world::person;

#[tokio::test]
async fn concurrent_reactions_keep_exact_counts() {
    let scene = Scene::new().await;
    let group = scene.group().await;
    let message = say(scene.tenant(), scene.alice, group, "vote").await;
    let mut crowd = vec![scene.alice, scene.bob];
    for number in 0..18 {
        let user = person(scene.tenant(), &format!("fan-{number}")).await;
        crate::messaging::add_participants(
            scene.tenant(),
            Actor::Server,
            &base::IdOrExternalId::Id(group),
            &[base::IdOrExternalId::Id(user)],
            crate::messaging::Role::Member,
        )
        .await
        .unwrap();
        crowd.push(user);
    }
    let all = crowd
        .iter()
        .map(|user| react(scene.tenant(), Actor::User(*user), message.id, "👍"));
    join_all(all)
        .await
        .into_iter()
        .for_each(|one| drop(one.unwrap()));
    let half = crowd
        .iter()
        .take(10)
        .map(|user| unreact(scene.tenant(), Actor::User(*user), message.id, "👍"));
    join_all(half)
        .await
        .into_iter()
        .for_each(|one| drop(one.unwrap()));
    let (counted, _) = crate::messaging::get_message(scene.tenant(), Actor::Server, message.id)
        .await
        .unwrap();
    assert_eq!(counted.reactions.as_ref().unwrap().0.get("👍"), Some(&10));
    assert_eq!(counted.version, message.version, "reactions are no edits");
}

#[tokio::test]
async fn emoji_is_normalized_and_counts_once_per_user() {
    let scene = Scene::new().await;
    let group = scene.group().await;
    let message = say(scene.tenant(), scene.alice, group, "hi").await;
    for form in ["❤️", "❤"] {
        react(scene.tenant(), Actor::User(scene.bob), message.id, form)
            .await
            .unwrap();
    }
    let after = react(
        scene.tenant(),
        Actor::User(scene.bob),
        message.id,
        ":party_parrot:",
    )
    .await
    .unwrap();
    let counts = &after.reactions.as_ref().unwrap().0;
    assert_eq!(
        counts
            .iter()
            .map(|(emoji, count)| (&**emoji, *count))
            .collect::<Vec<_>>(),
        [(":party_parrot:", 1), ("❤", 1)]
    );
    let own = own_reactions(scene.tenant(), scene.bob, [&after])
        .await
        .unwrap();
    assert_eq!(own[&message.id].len(), 2);
    let never = unreact(scene.tenant(), Actor::User(scene.alice), message.id, "❤")
        .await
        .unwrap_err();
    assert_eq!(never.code, ErrorCode::ReactionNotFound);
}

#[tokio::test]
async fn invalid_emoji_is_rejected() {
    let scene = Scene::new().await;
    let group = scene.group().await;
    let message = say(scene.tenant(), scene.alice, group, "hi").await;
    for bad in ["", "hello", "a👍", ":bad name:", "👍 ", &"👍".repeat(17)] {
        let error = react(scene.tenant(), Actor::User(scene.bob), message.id, bad)
            .await
            .unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidRequest, "{bad:?}");
    }
}
