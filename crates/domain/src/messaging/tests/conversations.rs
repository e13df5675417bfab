use base::{Change, Code, Named, PageSize};
use futures_util::future::join_all;

use super::{Scene, asked, begin, channel, say};
use crate::Actor;
use crate::messaging::{
    ConversationPatch, ConversationType, NewConversation, Visibility, create, delete_conversation, get_conversation,
    list_conversations, update_conversation,
};

#[tokio::test]
async fn the_same_two_users_always_get_the_same_direct_conversation_also_when_raced() {
    let scene = Scene::new().await;
    let race = (0..8).map(|turn| {
        let (me, other) = if turn % 2 == 0 { (scene.alice, scene.bob) } else { (scene.bob, scene.alice) };
        begin(scene.tenant(), me, asked(ConversationType::Direct, &[other]))
    });
    let created = join_all(race).await;
    let first = created[0].view.conversation.id;
    assert!(created.iter().all(|one| one.view.conversation.id == first));
    assert_eq!(created.iter().filter(|one| !one.existed).count(), 1);
}

#[tokio::test]
async fn a_deleted_direct_conversation_makes_way_for_another() {
    let scene = Scene::new().await;
    let new = || asked(ConversationType::Direct, &[scene.bob]);
    let first = begin(scene.tenant(), scene.alice, new()).await.view.conversation.id;
    delete_conversation(scene.tenant(), Actor::Server, &Named::Id(first)).await.unwrap();
    let gone = get_conversation(scene.tenant(), Actor::User(scene.alice), &Named::Id(first)).await.unwrap_err();
    assert_eq!(gone.code, Code::ConversationNotFound);
    let second = begin(scene.tenant(), scene.alice, new()).await;
    assert!(!second.existed);
    assert_ne!(second.view.conversation.id, first);
}

#[tokio::test]
async fn an_external_id_gets_or_creates_but_never_shows_a_strangers() {
    let scene = Scene::new().await;
    let new =
        || NewConversation { external_id: "order-7".parse().ok(), ..asked(ConversationType::Group, &[scene.bob]) };
    let first = begin(scene.tenant(), scene.alice, new()).await;
    let again = begin(scene.tenant(), scene.bob, new()).await;
    assert!(again.existed && again.view.conversation.id == first.view.conversation.id);
    let stranger = create(scene.tenant(), Actor::User(scene.carol), new()).await.unwrap_err();
    assert_eq!(stranger.code, Code::ExternalIdTaken);
}

#[tokio::test]
async fn the_list_runs_from_the_last_active_and_counts_what_is_unread() {
    let scene = Scene::new().await;
    let (quiet, busy) = (scene.group().await, scene.group().await);
    say(scene.tenant(), scene.alice, quiet, "first").await;
    say(scene.tenant(), scene.alice, busy, "second").await;
    let last = say(scene.tenant(), scene.alice, busy, "third").await;
    let (page, more) = list_conversations(scene.tenant(), scene.bob, None, PageSize::new(1).unwrap()).await.unwrap();
    assert_eq!(page[0].conversation.id, busy);
    assert_eq!(page[0].mine.unwrap().unread, 2);
    assert_eq!(page[0].last_message.as_ref().unwrap().id, last.id);
    let (rest, end) = list_conversations(scene.tenant(), scene.bob, more, PageSize::new(1).unwrap()).await.unwrap();
    assert_eq!((rest[0].conversation.id, end), (quiet, None));
    let (own, _) = list_conversations(scene.tenant(), scene.alice, None, PageSize::default()).await.unwrap();
    assert!(own.iter().all(|view| view.mine.unwrap().unread == 0), "one's own messages are not unread");
}

#[tokio::test]
async fn a_first_page_costs_the_same_with_ten_conversations_and_with_a_hundred() {
    let scene = Scene::new().await;
    let cost = async |scene: &Scene| {
        let before = scene.company.tenant.context().now();
        let reads = scene.world.store.stats().reads.get();
        let (page, _) = list_conversations(scene.tenant(), scene.bob, None, PageSize::default()).await.unwrap();
        assert!(page.len() >= 10, "{before}");
        scene.world.store.stats().reads.get() - reads
    };
    for _ in 0..10 {
        let group = scene.group().await;
        say(scene.tenant(), scene.alice, group, "hello").await;
    }
    let ten = cost(&scene).await;
    for _ in 0..90 {
        let group = scene.group().await;
        say(scene.tenant(), scene.alice, group, "hello").await;
    }
    assert_eq!(cost(&scene).await, ten);
}

#[tokio::test]
async fn an_update_by_an_old_version_is_refused_with_the_one_that_stands() {
    let scene = Scene::new().await;
    let group = Named::Id(scene.group().await);
    let named = |name: &str, version| ConversationPatch {
        name: Change::Set(name.to_owned()),
        version,
        ..ConversationPatch::default()
    };
    let first =
        update_conversation(scene.tenant(), Actor::User(scene.alice), &group, named("Trip", Some(1))).await.unwrap();
    assert_eq!((first.conversation.version, first.conversation.name.as_deref()), (2, Some("Trip")));
    let late = update_conversation(scene.tenant(), Actor::User(scene.alice), &group, named("Tour", Some(1)))
        .await
        .unwrap_err();
    assert_eq!((late.code, late.current_version), (Code::VersionConflict, Some(2)));
    let member =
        update_conversation(scene.tenant(), Actor::User(scene.bob), &group, named("Mine", None)).await.unwrap_err();
    assert_eq!(member.code, Code::RoleNotAllowed);
}

#[tokio::test]
async fn a_public_channel_is_known_to_all_and_a_private_one_to_its_own() {
    let scene = Scene::new().await;
    let public = begin(scene.tenant(), scene.alice, channel(Visibility::Public)).await.view.conversation.id;
    let private = begin(scene.tenant(), scene.alice, channel(Visibility::Private)).await.view.conversation.id;
    assert!(get_conversation(scene.tenant(), Actor::User(scene.carol), &Named::Id(public)).await.is_ok());
    let hidden = get_conversation(scene.tenant(), Actor::User(scene.carol), &Named::Id(private)).await.unwrap_err();
    assert_eq!(hidden.code, Code::ConversationNotFound);
}
