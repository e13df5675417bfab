use base::{ErrorCode, Id, IdOrExternalId};
use store::TenantStore;

use super::{Scene, asked, begin, channel, say, text};
use crate::Actor;
use crate::messaging::{
    ConversationType, Draft, Receipts, Role, Status, Visibility, add_participants, create, join,
    mark, open, react, relate, send, set_role, shown_marks, status, unreact,
};
use crate::relationships::RelationshipAction;
use crate::settings::{SettingsChanges, update};
use crate::users::User;
use crate::world::person;

async fn block(tenant: &TenantStore, by: Id<User>, whom: Id<User>) {
    relate(tenant, by, whom, RelationshipAction::Block)
        .await
        .unwrap();
}

#[tokio::test]
async fn accomplice_does_not_bring_two_together_of_whom_one_blocks_the_other() {
    let scene = Scene::new().await;
    let tenant = scene.tenant();
    block(tenant, scene.alice, scene.bob).await;
    let carol = Actor::User(scene.carol);
    let both = asked(ConversationType::Group, &[scene.alice, scene.bob]);
    assert_eq!(
        create(tenant, carol, both.clone()).await.unwrap_err().code,
        ErrorCode::UserBlocked
    );
    let group = begin(
        tenant,
        scene.carol,
        asked(ConversationType::Group, &[scene.alice]),
    )
    .await
    .view
    .conversation
    .id;
    let bob = [IdOrExternalId::Id(scene.bob)];
    let added = add_participants(
        tenant,
        carol,
        &IdOrExternalId::Id(group),
        &bob,
        Role::Member,
    )
    .await
    .unwrap_err();
    assert_eq!(added.code, ErrorCode::UserBlocked);
    let empty = begin(tenant, scene.carol, asked(ConversationType::Group, &[]))
        .await
        .view
        .conversation
        .id;
    let two = [
        IdOrExternalId::Id(scene.alice),
        IdOrExternalId::Id(scene.bob),
    ];
    let added = add_participants(
        tenant,
        carol,
        &IdOrExternalId::Id(empty),
        &two,
        Role::Member,
    )
    .await
    .unwrap_err();
    assert_eq!(added.code, ErrorCode::UserBlocked);
    add_participants(
        tenant,
        Actor::Server,
        &IdOrExternalId::Id(group),
        &bob,
        Role::Member,
    )
    .await
    .unwrap();
    let off = SettingsChanges {
        block_checks_in_groups: Some(false),
        ..SettingsChanges::default()
    };
    update(tenant, off, None).await.unwrap();
    create(tenant, carol, both).await.unwrap();
    let own = create(
        tenant,
        Actor::User(scene.bob),
        asked(ConversationType::Group, &[scene.alice]),
    )
    .await
    .unwrap_err();
    assert_eq!(own.code, ErrorCode::UserBlocked);
}

#[tokio::test]
async fn blocked_user_does_not_join_a_public_channel_of_the_blocker() {
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
    join(tenant, Actor::User(scene.alice), &anybodys)
        .await
        .unwrap();
    block(tenant, scene.alice, scene.bob).await;
    assert_eq!(
        join(tenant, Actor::User(scene.bob), &theirs)
            .await
            .unwrap_err()
            .code,
        ErrorCode::UserBlocked
    );
    join(tenant, Actor::User(scene.bob), &anybodys)
        .await
        .unwrap();
    let dave = person(tenant, "dave").await;
    join(tenant, Actor::User(dave), &theirs).await.unwrap();
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
async fn block_stops_reactions_answers_and_marks_between_the_two_in_a_group() {
    let scene = Scene::new().await;
    let tenant = scene.tenant();
    let group = scene.group().await;
    let name = IdOrExternalId::Id(group);
    let alice = Actor::User(scene.alice);
    let bob = Actor::User(scene.bob);
    let hers = say(tenant, scene.alice, group, "hello").await;
    let his = say(tenant, scene.bob, group, "hi").await;
    react(tenant, bob, hers.id, ":ok:").await.unwrap();
    let marks = Receipts {
        read_seq: his.seq,
        delivered_seq: his.seq,
    };
    for actor in [alice, bob] {
        mark(tenant, actor, &name, marks).await.unwrap();
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
    let shown = shown_marks(tenant, &access, &[scene.alice, scene.bob])
        .await
        .unwrap();
    assert!(shown.contains_key(&scene.bob) && !shown.contains_key(&scene.alice));
}
