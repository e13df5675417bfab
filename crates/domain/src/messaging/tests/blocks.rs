use base::{ErrorCode, Id, IdOrExternalId};
use futures_util::future::join;
use store::TenantStore;

use super::{Scene, asked, begin, channel, say, text};
use crate::Actor;
use crate::leases::{complete, lease};
use crate::messaging::{
    Conversation, ConversationType, Draft, EditedMessage, Receipts, RecordKind, Role, Status,
    Visibility, add_participants, advance_receipt, create, edit, enforce, join as join_channel,
    log_between, open, react, relate, send, set_role, status, unreact, visible_receipts,
};
use crate::outbox::{Outbox, TaskKind};
use crate::relationships::{RelationshipAction, change};
use crate::settings::{SettingsChanges, update};
use crate::users::User;
use crate::world::{due, person};

async fn direct(scene: &Scene) -> Id<Conversation> {
    begin(
        scene.tenant(),
        scene.alice,
        asked(ConversationType::Direct, &[scene.bob]),
    )
    .await
    .view
    .conversation
    .id
}

async fn refusal(scene: &Scene, conversation: Id<Conversation>) -> Option<ErrorCode> {
    let sent = send(
        scene.tenant(),
        Actor::User(scene.bob),
        &IdOrExternalId::Id(conversation),
        text("hello"),
    )
    .await;
    sent.err().map(|failure| failure.code)
}

async fn blocks(scene: &Scene, conversation: Id<Conversation>) -> usize {
    let name = IdOrExternalId::Id(conversation);
    let log = log_between(
        scene.tenant(),
        Actor::Server,
        &name,
        0,
        std::ops::Bound::Unbounded,
        base::PageSize::MAX,
    )
    .await
    .unwrap()
    .1;
    log.iter()
        .filter(|record| record.kind == RecordKind::Block)
        .count()
}

/// The server crashes after the batch of a block; another server completes it.
#[tokio::test]
async fn block_after_crash_is_completed_by_the_outbox() {
    let scene = Scene::new().await;
    let tenant = scene.tenant();
    let conversation = direct(&scene).await;
    change(tenant, scene.alice, scene.bob, RelationshipAction::Block)
        .await
        .unwrap();
    let leased = lease(tenant, &due::<Outbox>(&scene.world.store).await)
        .await
        .unwrap();
    let tasks: Vec<_> = leased
        .iter()
        .filter(|task| task.doc.kind == TaskKind::EnforceBlock)
        .collect();
    for task in [tasks[0], tasks[0]] {
        enforce(tenant, &task.doc.task().unwrap()).await.unwrap();
    }
    complete(tenant, leased.iter().map(|task| task.id))
        .await
        .unwrap();
    assert_eq!(
        (
            refusal(&scene, conversation).await,
            blocks(&scene, conversation).await
        ),
        (Some(ErrorCode::UserBlocked), 1)
    );
    assert!(due::<Outbox>(&scene.world.store).await.is_empty());
}

/// A delayed task applies the current relationship, not that of its creation.
#[tokio::test]
async fn delayed_task_does_not_restore_an_ended_block() {
    let scene = Scene::new().await;
    let tenant = scene.tenant();
    let conversation = direct(&scene).await;
    relate(tenant, scene.alice, scene.bob, RelationshipAction::Block)
        .await
        .unwrap();
    relate(tenant, scene.alice, scene.bob, RelationshipAction::Unblock)
        .await
        .unwrap();
    for task in lease(tenant, &due::<Outbox>(&scene.world.store).await)
        .await
        .unwrap()
    {
        if task.doc.kind == TaskKind::EnforceBlock {
            enforce(tenant, &task.doc.task().unwrap()).await.unwrap();
        }
    }
    assert_eq!(
        (
            refusal(&scene, conversation).await,
            blocks(&scene, conversation).await
        ),
        (None, 2)
    );
}

/// After concurrent blocks and unblocks, the conversation agrees with the relationship.
#[tokio::test]
async fn concurrent_blocks_and_unblocks_leave_conversation_consistent() {
    let scene = Scene::new().await;
    let tenant = scene.tenant();
    let conversation = direct(&scene).await;
    for _ in 0..10 {
        let alices = async {
            let _ = relate(tenant, scene.alice, scene.bob, RelationshipAction::Block).await;
            let _ = relate(tenant, scene.alice, scene.bob, RelationshipAction::Unblock).await;
        };
        let bobs = async {
            let _ = relate(tenant, scene.bob, scene.alice, RelationshipAction::Block).await;
            let _ = relate(tenant, scene.bob, scene.alice, RelationshipAction::Unblock).await;
        };
        join(alices, bobs).await;
        for (one, other) in [(scene.alice, scene.bob), (scene.bob, scene.alice)] {
            let _ = relate(tenant, one, other, RelationshipAction::Unblock).await;
        }
        assert_eq!(refusal(&scene, conversation).await, None);
    }
}

#[tokio::test]
async fn block_prevents_edits_in_direct_conversation_only() {
    let scene = Scene::new().await;
    let tenant = scene.tenant();
    let conversation = direct(&scene).await;
    let group = scene.group().await;
    let said = say(tenant, scene.bob, conversation, "before").await;
    relate(tenant, scene.alice, scene.bob, RelationshipAction::Block)
        .await
        .unwrap();
    let edited = edit(
        tenant,
        Actor::User(scene.bob),
        said.id,
        EditedMessage::default(),
    )
    .await
    .unwrap_err();
    assert_eq!(edited.code, ErrorCode::UserBlocked);
    say(
        tenant,
        scene.bob,
        group,
        "a group is no direct conversation",
    )
    .await;
}

async fn block(tenant: &TenantStore, by: Id<User>, whom: Id<User>) {
    relate(tenant, by, whom, RelationshipAction::Block)
        .await
        .unwrap();
}

#[tokio::test]
async fn third_user_cannot_add_users_with_a_block_between_them() {
    let scene = Scene::new().await;
    let tenant = scene.tenant();
    block(tenant, scene.alice, scene.bob).await;
    let carol = Actor::User(scene.carol);
    let both = asked(ConversationType::Group, &[scene.alice, scene.bob]);
    let created = create(tenant, carol, both.clone()).await;
    assert_eq!(created.unwrap_err().code, ErrorCode::UserBlocked);
    let add = async |actor, group, users: &[Id<User>]| {
        let users: Vec<_> = users.iter().copied().map(IdOrExternalId::Id).collect();
        add_participants(tenant, actor, &group, &users, Role::Member).await
    };
    let with_alice = group_of(&scene, &[scene.alice]).await;
    let added = add(carol, with_alice.clone(), &[scene.bob]).await;
    assert_eq!(added.unwrap_err().code, ErrorCode::UserBlocked);
    let empty = group_of(&scene, &[]).await;
    let added = add(carol, empty, &[scene.alice, scene.bob]).await;
    assert_eq!(added.unwrap_err().code, ErrorCode::UserBlocked);
    add(Actor::Server, with_alice, &[scene.bob]).await.unwrap();
    let off = SettingsChanges {
        block_checks_in_groups: Some(false),
        ..SettingsChanges::default()
    };
    update(tenant, off, None).await.unwrap();
    create(tenant, carol, both).await.unwrap();
    let with_blocker = asked(ConversationType::Group, &[scene.alice]);
    let own = create(tenant, Actor::User(scene.bob), with_blocker).await;
    assert_eq!(own.unwrap_err().code, ErrorCode::UserBlocked);
}

/// Creates a group owned by Carol.
async fn group_of(scene: &Scene, users: &[Id<User>]) -> IdOrExternalId<Conversation> {
    let new = asked(ConversationType::Group, users);
    let created = begin(scene.tenant(), scene.carol, new).await;
    IdOrExternalId::Id(created.view.conversation.id)
}

#[tokio::test]
async fn blocked_user_cannot_join_public_channel_of_blocker() {
    let scene = Scene::new().await;
    let tenant = scene.tenant();
    let theirs = IdOrExternalId::Id(
        begin(tenant, scene.alice, channel(Visibility::Public))
            .await
            .view
            .conversation
            .id,
    );
    let anybodys = IdOrExternalId::Id(
        begin(tenant, scene.carol, channel(Visibility::Public))
            .await
            .view
            .conversation
            .id,
    );
    join_channel(tenant, Actor::User(scene.alice), &anybodys)
        .await
        .unwrap();
    block(tenant, scene.alice, scene.bob).await;
    assert_eq!(
        join_channel(tenant, Actor::User(scene.bob), &theirs)
            .await
            .unwrap_err()
            .code,
        ErrorCode::UserBlocked
    );
    join_channel(tenant, Actor::User(scene.bob), &anybodys)
        .await
        .unwrap();
    let dave = person(tenant, "dave").await;
    join_channel(tenant, Actor::User(dave), &theirs)
        .await
        .unwrap();
    set_role(
        tenant,
        Actor::User(scene.alice),
        &theirs,
        &IdOrExternalId::Id(dave),
        Role::Admin,
    )
    .await
    .unwrap();
    let bob = [IdOrExternalId::Id(scene.bob)];
    let added = add_participants(tenant, Actor::User(dave), &theirs, &bob, Role::Member)
        .await
        .unwrap_err();
    assert_eq!(added.code, ErrorCode::UserBlocked);
}

#[tokio::test]
async fn block_in_group_prevents_reactions_replies_and_receipts() {
    let scene = Scene::new().await;
    let tenant = scene.tenant();
    let group = scene.group().await;
    let name = IdOrExternalId::Id(group);
    let alice = Actor::User(scene.alice);
    let bob = Actor::User(scene.bob);
    let hers = say(tenant, scene.alice, group, "hello").await;
    let his = say(tenant, scene.bob, group, "hi").await;
    react(tenant, bob, hers.id, ":ok:").await.unwrap();
    let receipts = Receipts {
        read_seq: his.seq,
        delivered_seq: his.seq,
    };
    for actor in [alice, bob] {
        advance_receipt(tenant, actor, &name, receipts)
            .await
            .unwrap();
    }
    let read_by_bob = async |actor| {
        let statuses = status(tenant, actor, hers.id).await.unwrap();
        statuses
            .iter()
            .find(|status| status.user == scene.bob)
            .unwrap()
            .status
    };
    assert_eq!(read_by_bob(alice).await, Status::Read);
    block(tenant, scene.alice, scene.bob).await;
    for (actor, message) in [(alice, his.id), (bob, hers.id)] {
        assert_eq!(
            react(tenant, actor, message, ":no:")
                .await
                .unwrap_err()
                .code,
            ErrorCode::UserBlocked
        );
        let answer = Draft {
            thread_id: Some(message),
            ..text("answer")
        };
        assert_eq!(
            send(tenant, actor, &name, answer).await.unwrap_err().code,
            ErrorCode::UserBlocked
        );
    }
    unreact(tenant, bob, hers.id, ":ok:").await.unwrap();
    say(tenant, scene.bob, group, "to all").await;
    assert_eq!(read_by_bob(alice).await, Status::Sent);
    assert_eq!(read_by_bob(Actor::Server).await, Status::Read);
    let access = open(tenant, bob, &name).await.unwrap();
    let shown = visible_receipts(tenant, &access, &[scene.alice, scene.bob])
        .await
        .unwrap();
    assert!(shown.contains_key(&scene.bob) && !shown.contains_key(&scene.alice));
}
