use base::{ErrorCode, Id, IdOrExternalId};
use futures_util::future::join;

use super::{Scene, asked, begin};
use crate::Actor;
use crate::messaging::collections::Participant;
use crate::messaging::{
    Action, Conversation, ConversationType, RecordKind, Role, add_participants, delete_user,
    end_memberships, hand_over, leave, log_between, remove_participant, set_role,
};
use crate::users::{HandOver, NewUser, User, UserChanges, upsert};
use crate::world::{external, person};

async fn owners(scene: &Scene, group: Id<Conversation>) -> Vec<Id<User>> {
    let query = Participant::by_role
        .eq(Participant::conversation_id, group)
        .eq(Participant::is_active, true)
        .eq(Participant::role, Role::Owner);
    scene
        .tenant()
        .list(query)
        .await
        .unwrap()
        .items
        .iter()
        .map(|member| member.user_id)
        .collect()
}

/// Creates a group owned by Alice, with Bob and then Carol in it.
async fn group_of_three(scene: &Scene) -> Id<Conversation> {
    let group = scene.group().await;
    let carol = [IdOrExternalId::Id(scene.carol)];
    add_participants(
        scene.tenant(),
        Actor::Server,
        &IdOrExternalId::Id(group),
        &carol,
        Role::Member,
    )
    .await
    .unwrap();
    group
}

#[tokio::test]
async fn last_owner_cannot_leave_or_be_demoted() {
    let scene = Scene::new().await;
    let group = IdOrExternalId::Id(group_of_three(&scene).await);
    let tenant = scene.tenant();
    let alice = Actor::User(scene.alice);
    let own = IdOrExternalId::Id(scene.alice);
    for error in [
        leave(tenant, alice, &group).await.unwrap_err(),
        remove_participant(tenant, alice, &group, &own)
            .await
            .unwrap_err(),
        set_role(tenant, alice, &group, &own, Role::Admin)
            .await
            .unwrap_err(),
        set_role(tenant, Actor::Server, &group, &own, Role::Member)
            .await
            .unwrap_err(),
    ] {
        assert_eq!(error.code, ErrorCode::LastOwner);
    }
    set_role(
        tenant,
        alice,
        &group,
        &IdOrExternalId::Id(scene.carol),
        Role::Owner,
    )
    .await
    .unwrap();
    leave(tenant, alice, &group).await.unwrap();
}

#[tokio::test]
async fn owner_without_other_participants_leaves() {
    let scene = Scene::new().await;
    let is_only_member = begin(
        scene.tenant(),
        scene.alice,
        asked(ConversationType::Group, &[]),
    )
    .await
    .view
    .conversation
    .id;
    leave(
        scene.tenant(),
        Actor::User(scene.alice),
        &IdOrExternalId::Id(is_only_member),
    )
    .await
    .unwrap();
}

#[tokio::test]
async fn removed_owner_is_succeeded_by_longest_admin_then_member() {
    let scene = Scene::new().await;
    let group = group_of_three(&scene).await;
    let name = IdOrExternalId::Id(group);
    let tenant = scene.tenant();
    let dave = person(tenant, "dave").await;
    add_participants(
        tenant,
        Actor::Server,
        &name,
        &[IdOrExternalId::Id(dave)],
        Role::Admin,
    )
    .await
    .unwrap();
    remove_participant(
        tenant,
        Actor::Server,
        &name,
        &IdOrExternalId::Id(scene.alice),
    )
    .await
    .unwrap();
    assert_eq!(
        owners(&scene, group).await,
        [dave],
        "an admin precedes members with a longer membership"
    );
    remove_participant(tenant, Actor::Server, &name, &IdOrExternalId::Id(dave))
        .await
        .unwrap();
    assert_eq!(owners(&scene, group).await, [scene.bob]);
    let (_, records, _) = log_between(
        tenant,
        Actor::Server,
        &name,
        0,
        std::ops::Bound::Unbounded,
        base::PageSize::MAX,
    )
    .await
    .unwrap();
    let raised: Vec<_> = records
        .iter()
        .filter(|record| {
            record.kind == RecordKind::Participant && record.action == Some(Action::Updated)
        })
        .map(|record| (record.user_id, record.role))
        .collect();
    assert_eq!(
        raised,
        [
            (Some(dave), Some(Role::Owner)),
            (Some(scene.bob), Some(Role::Owner))
        ]
    );
}

/// Verified to fail if the guard ignores the records since the owners were read.
#[tokio::test]
async fn two_owners_leaving_concurrently_leave_one_owner() {
    let scene = Scene::new().await;
    let tenant = scene.tenant();
    for _ in 0..20 {
        let group = group_of_three(&scene).await;
        let name = IdOrExternalId::Id(group);
        set_role(
            tenant,
            Actor::Server,
            &name,
            &IdOrExternalId::Id(scene.bob),
            Role::Owner,
        )
        .await
        .unwrap();
        let one = leave(tenant, Actor::User(scene.alice), &name);
        let other = leave(tenant, Actor::User(scene.bob), &name);
        let (one, other) = join(one, other).await;
        let error = one
            .err()
            .xor(other.err())
            .expect("one leaves, the other fails");
        assert_eq!(error.code, ErrorCode::LastOwner);
        assert_eq!(owners(&scene, group).await.len(), 1);
    }
}

#[tokio::test]
async fn two_owners_removed_concurrently_are_succeeded() {
    let scene = Scene::new().await;
    let tenant = scene.tenant();
    for _ in 0..10 {
        let group = group_of_three(&scene).await;
        let name = IdOrExternalId::Id(group);
        set_role(
            tenant,
            Actor::Server,
            &name,
            &IdOrExternalId::Id(scene.bob),
            Role::Owner,
        )
        .await
        .unwrap();
        let alice = IdOrExternalId::Id(scene.alice);
        let bob = IdOrExternalId::Id(scene.bob);
        let one = remove_participant(tenant, Actor::Server, &name, &alice);
        let other = remove_participant(tenant, Actor::Server, &name, &bob);
        let (one, other) = join(one, other).await;
        one.unwrap();
        other.unwrap();
        assert_eq!(owners(&scene, group).await, [scene.carol]);
    }
}

#[tokio::test]
async fn deleted_owner_is_succeeded_and_restored_as_member() {
    let scene = Scene::new().await;
    let tenant = scene.tenant();
    let shared = group_of_three(&scene).await;
    let is_only_member = begin(tenant, scene.alice, asked(ConversationType::Group, &[]))
        .await
        .view
        .conversation
        .id;
    let with_other_owner = group_of_three(&scene).await;
    let name = IdOrExternalId::Id(with_other_owner);
    set_role(
        tenant,
        Actor::Server,
        &name,
        &IdOrExternalId::Id(scene.carol),
        Role::Owner,
    )
    .await
    .unwrap();
    delete_user(tenant, &IdOrExternalId::Id(scene.alice))
        .await
        .unwrap();
    assert_eq!(owners(&scene, shared).await, [scene.bob]);
    assert_eq!(owners(&scene, with_other_owner).await, [scene.carol]);
    assert_eq!(
        owners(&scene, is_only_member).await,
        [scene.alice],
        "no other user could become owner"
    );
    let back = NewUser {
        external_id: external("alice"),
        changes: UserChanges::default(),
    };
    upsert(tenant, back).await.unwrap();
    hand_over(
        tenant,
        HandOver {
            user: scene.alice,
            after: None,
        },
    )
    .await
    .unwrap();
    assert_eq!(
        owners(&scene, is_only_member).await,
        [scene.alice],
        "a restored user keeps their conversations"
    );
}

#[tokio::test]
async fn deleted_user_does_not_succeed() {
    let scene = Scene::new().await;
    let tenant = scene.tenant();
    let group = group_of_three(&scene).await;
    delete_user(tenant, &IdOrExternalId::Id(scene.bob))
        .await
        .unwrap();
    remove_participant(
        tenant,
        Actor::Server,
        &IdOrExternalId::Id(group),
        &IdOrExternalId::Id(scene.alice),
    )
    .await
    .unwrap();
    assert_eq!(owners(&scene, group).await, [scene.carol]);
    delete_user(tenant, &IdOrExternalId::Id(scene.carol))
        .await
        .unwrap();
    assert_eq!(
        owners(&scene, group).await,
        [scene.carol],
        "no possible owner is left"
    );
}

#[tokio::test]
async fn erased_owner_is_succeeded() {
    let scene = Scene::new().await;
    let group = group_of_three(&scene).await;
    end_memberships(scene.tenant(), scene.alice, 10)
        .await
        .unwrap();
    assert_eq!(owners(&scene, group).await, [scene.bob]);
}
