use base::{ErrorCode, Id, IdOrExternalId};
use futures_util::future::join;

use super::{Scene, asked, begin, say, text};
use crate::Actor;
use crate::leases::{complete, lease};
use crate::messaging::{
    Conversation, ConversationType, EditedMessage, RecordKind, edit, enforce, log_between, relate,
    send,
};
use crate::outbox::{Outbox, TaskKind};
use crate::relationships::{RelationshipAction, change};
use crate::world::due;

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
async fn a_block_whose_server_died_is_enforced_from_the_outbox() {
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
async fn a_late_task_does_not_bring_an_ended_block_back() {
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
async fn blocks_and_their_ends_that_race_leave_the_conversation_right() {
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
async fn a_block_stops_edits_and_no_group() {
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
