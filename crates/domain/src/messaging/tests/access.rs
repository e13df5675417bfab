use base::{ErrorCode, IdOrExternalId};
use futures_util::future::join;

use super::{Scene, begin, channel, say, text};
use crate::Actor;
use crate::messaging::{
    Action, RecordKind, Role, Visibility, add_participants, get_conversation, join as join_channel,
    leave, log_between, remove_participant, send, set_role,
};

#[tokio::test]
async fn removed_user_reads_up_to_removal_and_cannot_send() {
    let scene = Scene::new().await;
    let group = scene.group().await;
    let tenant = scene.tenant();
    let bob = Actor::User(scene.bob);
    let name = IdOrExternalId::Id(group);
    say(tenant, scene.alice, group, "before").await;
    remove_participant(
        tenant,
        Actor::User(scene.alice),
        &name,
        &IdOrExternalId::Id(scene.bob),
    )
    .await
    .unwrap();
    say(tenant, scene.alice, group, "after").await;
    let error = send(tenant, bob, &name, text("still here?"))
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::NotAParticipant);
    let (_, records, more) = log_between(
        tenant,
        bob,
        &name,
        0,
        std::ops::Bound::Unbounded,
        base::PageSize::MAX,
    )
    .await
    .unwrap();
    assert_eq!(
        (records.last().unwrap().kind, records.len(), more),
        (RecordKind::Participant, 3, false)
    );
}

#[tokio::test]
async fn send_racing_a_removal_stores_no_later_message() {
    let scene = Scene::new().await;
    for round in 0..20 {
        let group = scene.group().await;
        let tenant = scene.tenant();
        let name = IdOrExternalId::Id(group);
        let sends = async {
            for number in 0..10 {
                let _ = send(
                    tenant,
                    Actor::User(scene.bob),
                    &name,
                    text(&format!("{round}.{number}")),
                )
                .await;
            }
        };
        let bob = IdOrExternalId::Id(scene.bob);
        let removal = remove_participant(tenant, Actor::User(scene.alice), &name, &bob);
        join(sends, async { removal.await.unwrap() }).await;
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
        let removed = records
            .iter()
            .find(|record| record.action == Some(Action::Removed))
            .unwrap()
            .seq;
        assert!(
            records
                .iter()
                .all(|record| record.sender_id != Some(scene.bob) || record.seq < removed)
        );
    }
}

#[tokio::test]
async fn rejoined_user_reuses_participant_document() {
    let scene = Scene::new().await;
    let group = scene.group().await;
    let tenant = scene.tenant();
    let name = IdOrExternalId::Id(group);
    leave(tenant, Actor::User(scene.bob), &name).await.unwrap();
    let back = add_participants(
        tenant,
        Actor::User(scene.alice),
        &name,
        &[IdOrExternalId::Id(scene.bob)],
        Role::Admin,
    )
    .await
    .unwrap();
    assert_eq!(
        (back.len(), back[0].role, back[0].left_seq),
        (1, Role::Admin, None)
    );
    say(tenant, scene.bob, group, "I am back").await;
    let view = get_conversation(tenant, Actor::User(scene.bob), &name)
        .await
        .unwrap();
    assert_eq!(view.conversation.participant_count, 2);
}

#[tokio::test]
async fn join_succeeds_for_public_and_fails_for_private_channel() {
    let scene = Scene::new().await;
    let tenant = scene.tenant();
    let public = IdOrExternalId::Id(
        begin(tenant, scene.alice, channel(Visibility::Public))
            .await
            .view
            .conversation
            .id,
    );
    let private = IdOrExternalId::Id(
        begin(tenant, scene.alice, channel(Visibility::Private))
            .await
            .view
            .conversation
            .id,
    );
    let outside = send(tenant, Actor::User(scene.carol), &public, text("hi"))
        .await
        .unwrap_err();
    assert_eq!(outside.code, ErrorCode::NotAParticipant);
    join_channel(tenant, Actor::User(scene.carol), &public)
        .await
        .unwrap();
    send(tenant, Actor::User(scene.carol), &public, text("hi"))
        .await
        .unwrap();
    let unknown = join_channel(tenant, Actor::User(scene.carol), &private)
        .await
        .unwrap_err();
    assert_eq!(unknown.code, ErrorCode::ConversationNotFound);
}

#[tokio::test]
async fn owner_role_changes_require_owner() {
    let scene = Scene::new().await;
    let name = IdOrExternalId::Id(scene.group().await);
    let tenant = scene.tenant();
    let alice = Actor::User(scene.alice);
    let bob = Actor::User(scene.bob);
    set_role(
        tenant,
        alice,
        &name,
        &IdOrExternalId::Id(scene.bob),
        Role::Admin,
    )
    .await
    .unwrap();
    let usurper = set_role(
        tenant,
        bob,
        &name,
        &IdOrExternalId::Id(scene.bob),
        Role::Owner,
    )
    .await
    .unwrap_err();
    assert_eq!(usurper.code, ErrorCode::RoleNotAllowed);
    let removal = remove_participant(tenant, bob, &name, &IdOrExternalId::Id(scene.alice))
        .await
        .unwrap_err();
    assert_eq!(removal.code, ErrorCode::RoleNotAllowed);
    set_role(
        tenant,
        alice,
        &name,
        &IdOrExternalId::Id(scene.bob),
        Role::Owner,
    )
    .await
    .unwrap();
    remove_participant(tenant, bob, &name, &IdOrExternalId::Id(scene.alice))
        .await
        .unwrap();
}
