use base::{Direction, ErrorCode, Id, IdOrExternalId, PageSize, Patch};
use futures_util::future::join_all;

use super::{Scene, asked, begin, channel, say};
use crate::Actor;
use crate::messaging::{
    Conversation, ConversationPatch, ConversationType, ListPage, ListPosition, NewConversation,
    TenantFilter, Visibility, conversation_views, create, delete_conversation, get_conversation,
    list_all_conversations, list_conversations, update_conversation,
};
use crate::users::User;

#[tokio::test]
async fn direct_conversation_concurrent_creates_return_one() {
    let scene = Scene::new().await;
    let race = (0..8).map(|turn| {
        let (me, other) = if turn % 2 == 0 {
            (scene.alice, scene.bob)
        } else {
            (scene.bob, scene.alice)
        };
        begin(
            scene.tenant(),
            me,
            asked(ConversationType::Direct, &[other]),
        )
    });
    let created = join_all(race).await;
    let first = created[0].view.conversation.id;
    assert!(created.iter().all(|one| one.view.conversation.id == first));
    assert_eq!(created.iter().filter(|one| !one.existed).count(), 1);
}

#[tokio::test]
async fn direct_conversation_after_deletion_is_created_again() {
    let scene = Scene::new().await;
    let new = || asked(ConversationType::Direct, &[scene.bob]);
    let first = begin(scene.tenant(), scene.alice, new())
        .await
        .view
        .conversation
        .id;
    delete_conversation(scene.tenant(), Actor::Server, &IdOrExternalId::Id(first))
        .await
        .unwrap();
    let gone = get_conversation(
        scene.tenant(),
        Actor::User(scene.alice),
        &IdOrExternalId::Id(first),
    )
    .await
    .unwrap_err();
    assert_eq!(gone.code, ErrorCode::ConversationNotFound);
    let second = begin(scene.tenant(), scene.alice, new()).await;
    assert!(!second.existed);
    assert_ne!(second.view.conversation.id, first);
}

#[tokio::test]
async fn create_with_external_id_returns_own_and_hides_foreign_conversation() {
    let scene = Scene::new().await;
    let new = || NewConversation {
        external_id: "order-7".parse().ok(),
        ..asked(ConversationType::Group, &[scene.bob])
    };
    let first = begin(scene.tenant(), scene.alice, new()).await;
    let again = begin(scene.tenant(), scene.bob, new()).await;
    assert!(again.existed && again.view.conversation.id == first.view.conversation.id);
    let stranger = create(scene.tenant(), Actor::User(scene.carol), new())
        .await
        .unwrap_err();
    assert_eq!(stranger.code, ErrorCode::ExternalIdTaken);
}

#[tokio::test]
async fn list_is_ordered_by_activity_with_unread_counts() {
    let scene = Scene::new().await;
    let quiet = scene.group().await;
    let busy = scene.group().await;
    say(scene.tenant(), scene.alice, quiet, "first").await;
    say(scene.tenant(), scene.alice, busy, "second").await;
    let last = say(scene.tenant(), scene.alice, busy, "third").await;
    let page = listed(&scene, scene.bob, None, Direction::Forward, 1).await;
    assert_eq!(page.views[0].conversation.id, busy);
    assert_eq!(page.views[0].membership.unwrap().unread, 2);
    assert_eq!(page.views[0].last_message.as_ref().unwrap().id, last.id);
    let rest = listed(&scene, scene.bob, page.next, Direction::Forward, 1).await;
    assert_eq!((rest.views[0].conversation.id, rest.next), (quiet, None));
    let back = listed(&scene, scene.bob, rest.prev, Direction::Backward, 1).await;
    assert_eq!((back.views[0].conversation.id, back.next), (busy, None));
    let own = listed(&scene, scene.alice, None, Direction::Forward, 20).await;
    assert!(
        own.views
            .iter()
            .all(|view| view.membership.unwrap().unread == 0),
        "one's own messages are not unread"
    );
}

#[tokio::test]
async fn list_with_deleted_conversations_fills_pages() {
    let scene = Scene::new().await;
    let mut groups = Vec::new();
    for _ in 0..5 {
        groups.push(scene.group().await);
        say(
            scene.tenant(),
            scene.alice,
            groups[groups.len() - 1],
            "hello",
        )
        .await;
    }
    for gone in &groups[3..] {
        delete_conversation(scene.tenant(), Actor::Server, &IdOrExternalId::Id(*gone))
            .await
            .unwrap();
    }
    let page = listed(&scene, scene.bob, None, Direction::Forward, 2).await;
    let ids: Vec<_> = page.views.iter().map(|view| view.conversation.id).collect();
    assert_eq!(ids, [groups[2], groups[1]]);
    let rest = listed(&scene, scene.bob, page.next, Direction::Forward, 2).await;
    assert_eq!((rest.views.len(), rest.next), (1, None));
}

async fn listed(
    scene: &Scene,
    user: Id<User>,
    after: Option<ListPosition>,
    direction: Direction,
    size: usize,
) -> ListPage {
    list_conversations(
        scene.tenant(),
        Actor::User(user),
        user,
        after,
        direction,
        PageSize::new(size).unwrap(),
    )
    .await
    .unwrap()
}

#[tokio::test]
async fn first_page_statement_count_is_independent_of_list_length() {
    let scene = Scene::new().await;
    let cost = async |scene: &Scene| {
        let before = scene.company.tenant.context().now();
        let reads = scene.world.store.stats().reads.get();
        let page = listed(scene, scene.bob, None, Direction::Forward, 20).await;
        assert!(page.views.len() >= 10, "{before}");
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
async fn update_with_outdated_version_fails_with_current_version() {
    let scene = Scene::new().await;
    let group = IdOrExternalId::Id(scene.group().await);
    let named = |name: &str, version| ConversationPatch {
        name: Patch::Set(name.to_owned()),
        version,
        ..ConversationPatch::default()
    };
    let first = update_conversation(
        scene.tenant(),
        Actor::User(scene.alice),
        &group,
        named("Trip", Some(1)),
    )
    .await
    .unwrap();
    assert_eq!(
        (
            first.conversation.version,
            first.conversation.name.as_deref()
        ),
        (2, Some("Trip"))
    );
    let late = update_conversation(
        scene.tenant(),
        Actor::User(scene.alice),
        &group,
        named("Tour", Some(1)),
    )
    .await
    .unwrap_err();
    assert_eq!(
        (late.code, late.current_version),
        (ErrorCode::VersionConflict, Some(2))
    );
    let member = update_conversation(
        scene.tenant(),
        Actor::User(scene.bob),
        &group,
        named("Mine", None),
    )
    .await
    .unwrap_err();
    assert_eq!(member.code, ErrorCode::RoleNotAllowed);
}

#[tokio::test]
async fn public_channel_is_visible_to_all_private_channel_to_members() {
    let scene = Scene::new().await;
    let public = begin(scene.tenant(), scene.alice, channel(Visibility::Public))
        .await
        .view
        .conversation
        .id;
    let private = begin(scene.tenant(), scene.alice, channel(Visibility::Private))
        .await
        .view
        .conversation
        .id;
    assert!(
        get_conversation(
            scene.tenant(),
            Actor::User(scene.carol),
            &IdOrExternalId::Id(public)
        )
        .await
        .is_ok()
    );
    let hidden = get_conversation(
        scene.tenant(),
        Actor::User(scene.carol),
        &IdOrExternalId::Id(private),
    )
    .await
    .unwrap_err();
    assert_eq!(hidden.code, ErrorCode::ConversationNotFound);
}

#[tokio::test]
async fn tenant_list_with_filter_returns_matching_pages_in_both_directions() {
    let scene = Scene::new().await;
    let mut orders = Vec::new();
    for name in ["order-1", "order-2", "order.3", "other"] {
        let group = NewConversation {
            external_id: name.parse().ok(),
            ..asked(ConversationType::Group, &[scene.bob])
        };
        let created = begin(scene.tenant(), scene.alice, group).await;
        orders.push(created.view.conversation.id);
    }
    let channel = begin(scene.tenant(), scene.alice, channel(Visibility::Private)).await;
    let channel = channel.view.conversation.id;
    let newest_first = [channel, orders[3], orders[2], orders[1], orders[0]];
    let groups = TenantFilter::OfType(ConversationType::Group);
    let prefix = TenantFilter::ExternalIdPrefix("order-".parse().unwrap());
    for (filter, expected) in [
        (TenantFilter::All, &newest_first[..]),
        (groups, &newest_first[1..]),
        (prefix, &orders[..2]),
    ] {
        let read = all_pages(&scene, &filter, Direction::Forward).await;
        assert_eq!(read, expected, "{filter:?}");
        let mut read = all_pages(&scene, &filter, Direction::Backward).await;
        read.reverse();
        assert_eq!(read, expected, "{filter:?}");
    }
}

async fn all_pages(
    scene: &Scene,
    filter: &TenantFilter,
    direction: Direction,
) -> Vec<Id<Conversation>> {
    let mut read = Vec::new();
    let mut after = None;
    loop {
        let size = PageSize::new(2).unwrap();
        let page = list_all_conversations(scene.tenant(), filter, after, direction, size)
            .await
            .unwrap();
        after = page.next;
        let views = conversation_views(scene.tenant(), page.items)
            .await
            .unwrap();
        assert!(
            views
                .iter()
                .all(|view| view.head_seq > 0 && view.membership.is_none())
        );
        read.extend(views.iter().map(|view| view.conversation.id));
        if after.is_none() {
            return read;
        }
    }
}

#[tokio::test]
async fn list_of_a_participant_for_the_server_has_no_membership() {
    let scene = Scene::new().await;
    let group = scene.group().await;
    let message = say(scene.tenant(), scene.alice, group, "hello").await;
    let page = list_conversations(
        scene.tenant(),
        Actor::Server,
        scene.bob,
        None,
        Direction::Forward,
        PageSize::default(),
    )
    .await
    .unwrap();
    let view = &page.views[0];
    assert_eq!(view.conversation.id, group);
    assert!(view.membership.is_none());
    assert_eq!(view.last_message.as_ref().unwrap().id, message.id);
}
