use base::{Direction, ErrorCode, Id, IdOrExternalId, PageSize, Timestamp};
use futures_util::future::join;

use super::{Scene, begin, channel, say};
use crate::Actor;
use crate::messaging::{
    Action, Ban, Conversation, NewBan, RecordKind, Role, Visibility, add_participants, ban,
    join as join_channel, lift_ban, list_bans, log_between, memberships, set_role,
};

async fn public(scene: &Scene) -> IdOrExternalId<Conversation> {
    let view = begin(scene.tenant(), scene.alice, channel(Visibility::Public))
        .await
        .view;
    let name = IdOrExternalId::Id(view.conversation.id);
    join_channel(scene.tenant(), Actor::User(scene.bob), &name)
        .await
        .unwrap();
    name
}

async fn bans(scene: &Scene, name: &IdOrExternalId<Conversation>) -> Vec<Id<crate::users::User>> {
    let owner = Actor::User(scene.alice);
    let page = list_bans(
        scene.tenant(),
        owner,
        name,
        None,
        Direction::Forward,
        PageSize::MAX,
    )
    .await
    .unwrap();
    page.items.iter().map(|ban| ban.user_id).collect()
}

#[tokio::test]
async fn banned_user_is_removed_and_can_join_after_ban_is_lifted() {
    let scene = Scene::new().await;
    let tenant = scene.tenant();
    let alice = Actor::User(scene.alice);
    let bob = Actor::User(scene.bob);
    let name = public(&scene).await;
    let him = IdOrExternalId::Id(scene.bob);
    let reason = Some("spam".to_owned());
    let get_or_create = ban(
        tenant,
        alice,
        &name,
        &him,
        NewBan {
            reason,
            expires_at: None,
        },
    )
    .await
    .unwrap();
    assert_eq!(get_or_create.ends_at(), None);
    assert_eq!(get_or_create.banned_by, Some(scene.alice));
    assert!(memberships(tenant, scene.bob).await.unwrap().is_empty());
    assert_eq!(
        join_channel(tenant, bob, &name).await.unwrap_err().code,
        ErrorCode::UserBanned
    );
    for actor in [alice, Actor::Server] {
        let added = add_participants(
            tenant,
            actor,
            &name,
            std::slice::from_ref(&him),
            Role::Member,
        )
        .await;
        assert_eq!(added.unwrap_err().code, ErrorCode::UserBanned);
    }
    assert_eq!(bans(&scene, &name).await, [scene.bob]);
    let (_, log, _) = log_between(
        tenant,
        Actor::Server,
        &name,
        0,
        std::ops::Bound::Unbounded,
        base::PageSize::MAX,
    )
    .await
    .unwrap();
    let kinds: Vec<_> = log[2..]
        .iter()
        .map(|record| (record.kind, record.action))
        .collect();
    let expected = [
        (RecordKind::Participant, Some(Action::Removed)),
        (RecordKind::Ban, Some(Action::Added)),
    ];
    assert_eq!(kinds, expected);
    lift_ban(tenant, alice, &name, &him).await.unwrap();
    assert_eq!(
        lift_ban(tenant, alice, &name, &him).await.unwrap_err().code,
        ErrorCode::BanNotFound
    );
    join_channel(tenant, bob, &name).await.unwrap();
    assert!(bans(&scene, &name).await.is_empty());
}

#[tokio::test]
async fn expired_ban_ends_and_can_be_set_again() {
    let scene = Scene::new().await;
    let tenant = scene.tenant();
    let alice = Actor::User(scene.alice);
    let name = public(&scene).await;
    let him = IdOrExternalId::Id(scene.bob);
    for _ in 0..2 {
        let end = Some(tenant.context().now().plus_millis(60_000));
        let get_or_create = ban(
            tenant,
            alice,
            &name,
            &him,
            NewBan {
                reason: None,
                expires_at: end,
            },
        )
        .await
        .unwrap();
        assert_eq!(get_or_create.ends_at(), end);
        assert_eq!(
            join_channel(tenant, Actor::User(scene.bob), &name)
                .await
                .unwrap_err()
                .code,
            ErrorCode::UserBanned
        );
        scene.world.clock.advance(60_001);
        assert!(bans(&scene, &name).await.is_empty());
        join_channel(tenant, Actor::User(scene.bob), &name)
            .await
            .unwrap();
    }
    for end in [
        Timestamp::EPOCH,
        tenant.context().now(),
        Ban::FOREVER.plus_millis(1),
    ] {
        let new = NewBan {
            reason: None,
            expires_at: Some(end),
        };
        assert_eq!(
            ban(tenant, alice, &name, &him, new).await.unwrap_err().code,
            ErrorCode::InvalidRequest
        );
    }
}

#[tokio::test]
async fn ban_requires_admin_and_ban_of_owner_requires_owner() {
    let scene = Scene::new().await;
    let tenant = scene.tenant();
    let alice = Actor::User(scene.alice);
    let bob = Actor::User(scene.bob);
    let carol = Actor::User(scene.carol);
    let name = public(&scene).await;
    let on = async |actor: Actor, user| {
        ban(
            tenant,
            actor,
            &name,
            &IdOrExternalId::Id(user),
            NewBan::default(),
        )
        .await
        .map_err(|failure| failure.code)
    };
    assert_eq!(
        on(bob, scene.carol).await.unwrap_err(),
        ErrorCode::RoleNotAllowed
    );
    assert_eq!(
        on(carol, scene.bob).await.unwrap_err(),
        ErrorCode::NotAParticipant
    );
    assert_eq!(
        on(alice, scene.alice).await.unwrap_err(),
        ErrorCode::InvalidRequest
    );
    set_role(
        tenant,
        alice,
        &name,
        &IdOrExternalId::Id(scene.bob),
        Role::Admin,
    )
    .await
    .unwrap();
    assert_eq!(
        on(bob, scene.alice).await.unwrap_err(),
        ErrorCode::RoleNotAllowed
    );
    on(bob, scene.carol).await.unwrap();
    assert_eq!(
        lift_ban(tenant, carol, &name, &IdOrExternalId::Id(scene.carol))
            .await
            .unwrap_err()
            .code,
        ErrorCode::NotAParticipant
    );
    let stranger = list_bans(
        tenant,
        carol,
        &name,
        None,
        Direction::Forward,
        PageSize::MAX,
    )
    .await
    .unwrap_err();
    assert_eq!(stranger.code, ErrorCode::NotAParticipant);
}

/// In either order, the user is not a participant after the ban has been acknowledged.
#[tokio::test]
async fn join_racing_a_ban_leaves_no_participant() {
    let scene = Scene::new().await;
    let tenant = scene.tenant();
    let name = public(&scene).await;
    let IdOrExternalId::Id(id) = name else {
        unreachable!()
    };
    let alice = Actor::User(scene.alice);
    for _ in 0..20 {
        let carol = IdOrExternalId::Id(scene.carol);
        let banned = ban(tenant, alice, &name, &carol, NewBan::default());
        let joins = async {
            for _ in 0..3 {
                let _ = join_channel(tenant, Actor::User(scene.carol), &name).await;
                let her = [IdOrExternalId::Id(scene.carol)];
                let _ = add_participants(tenant, alice, &name, &her, Role::Member).await;
            }
        };
        let (banned, ()) = join(banned, joins).await;
        banned.unwrap();
        let theirs = memberships(tenant, scene.carol).await.unwrap();
        assert!(theirs.iter().all(|member| member.conversation_id != id));
        lift_ban(tenant, alice, &name, &carol).await.unwrap();
        say(tenant, scene.alice, id, "next").await;
    }
}
