//! Erasures on the embedded engine, one step at a time.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use base::{ErrorCode, Id, IdOrExternalId, limit};
use store::{Entity, PersonalLine, TenantStore};

use super::*;
use crate::Actor;
use crate::messaging::{self, ConversationType, Draft, NewConversation, RecordKind};
use crate::user_log::{UserEvent, tell};
use crate::users::{self, NewUser, User, UserChanges};
use crate::world::{World, ext, external, person};

/// A word contained in everything that Ada wrote.
const CANARY: &str = "canary";

struct Scene {
    world: World,
    tenant: TenantStore,
    ada: Id<User>,
    bob: Id<User>,
    group: Id<messaging::Conversation>,
}

async fn scene() -> Scene {
    let world = World::new();
    let tenant = world.company("Acme").await.tenant;
    let changes = UserChanges {
        name: base::Patch::Set(CANARY.to_owned()),
        ..UserChanges::default()
    };
    let ada = users::upsert(
        &tenant,
        NewUser {
            external_id: external("ada"),
            changes,
        },
    )
    .await
    .unwrap()
    .user
    .id;
    let bob = person(&tenant, "bob").await;
    let group = begin(&tenant, ConversationType::Group, ada, &[bob]).await;
    for at in 0..3 {
        let said = say(&tenant, ada, group, at).await;
        messaging::react(&tenant, Actor::User(bob), said.id, ":ok:")
            .await
            .unwrap();
        let heard = say(&tenant, bob, group, at).await;
        messaging::react(&tenant, Actor::User(ada), heard.id, ":canary:")
            .await
            .unwrap();
    }
    let direct = begin(&tenant, ConversationType::Direct, ada, &[bob]).await;
    let is_only_member = begin(&tenant, ConversationType::Group, ada, &[]).await;
    for conversation in [direct, is_only_member] {
        say(&tenant, ada, conversation, 0).await;
    }
    Scene {
        world,
        tenant,
        ada,
        bob,
        group,
    }
}

async fn begin(
    tenant: &TenantStore,
    kind: ConversationType,
    by: Id<User>,
    others: &[Id<User>],
) -> Id<messaging::Conversation> {
    let participants = others.iter().map(|id| IdOrExternalId::Id(*id)).collect();
    let new = NewConversation::new(kind, participants);
    messaging::create(tenant, Actor::User(by), new)
        .await
        .unwrap()
        .view
        .conversation
        .id
}

async fn say(
    tenant: &TenantStore,
    user: Id<User>,
    place: Id<messaging::Conversation>,
    at: usize,
) -> Entity<messaging::Message> {
    let draft = Draft {
        content: Some(format!("{CANARY} {at}")),
        client_message_id: Some(format!("{CANARY}-{at}")),
        ..Draft::default()
    };
    messaging::send(tenant, Actor::User(user), &IdOrExternalId::Id(place), draft)
        .await
        .unwrap()
        .message
}

/// Runs an erasure; each lease holder crashes after `life` steps.
async fn run(scene: &Scene, id: Id<Erasure>, life: usize) {
    while get(&scene.tenant, id).await.unwrap().status != ErasureStatus::Done {
        scene
            .world
            .clock
            .advance(limit::signed(limit::ERASE_LEASE_SECONDS) * 1_000);
        let mut run = ErasureJob::lease(&scene.tenant, &scene.world.media, id)
            .await
            .unwrap()
            .expect("the lease of the dead is over");
        for _ in 0..life {
            if !run.step().await.unwrap() {
                break;
            }
        }
    }
}

/// Polls a step at most this many times, then cancels it.
async fn cut(step: impl Future<Output = base::Result<bool>>, mut polls: usize) {
    let mut step = pin!(step);
    poll_fn(|context| {
        polls -= 1;
        let done = step.as_mut().poll(context).is_ready();
        if done || polls == 0 {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

async fn leftovers(scene: &Scene) -> Vec<String> {
    let mut found = Vec::new();
    for line in PersonalLine::of(&crate::catalogue()) {
        let rows = scene
            .tenant
            .personal_rows(line, scene.ada.object_id(), None, 1_000)
            .await
            .unwrap()
            .rows;
        found.extend(
            rows.iter()
                .map(|row| format!("{}: {row:?}", line.declaration().name)),
        );
    }
    found.retain(|row| !row.starts_with("messages:") || row.contains(CANARY));
    found
}

#[tokio::test]
async fn erasure_with_repeated_crashes_leaves_no_data() {
    for life in [1, 2, 3, 100] {
        let scene = scene().await;
        let mut batch = scene.tenant.batch();
        let typed = UserEvent::AppDataDeleted {
            app_id: CANARY.to_owned(),
            key: CANARY.to_owned(),
        };
        tell(&mut batch, scene.ada, typed);
        scene.tenant.commit(batch).await.unwrap();
        let erasure = request(&scene.tenant, &ext("ada")).await.unwrap();
        run(&scene, erasure.id, life).await;
        assert_eq!(leftovers(&scene).await, [""; 0], "{life} steps a life");
        let done = get(&scene.tenant, erasure.id).await.unwrap();
        let count = |name: &str| done.report.0.get(name).copied().unwrap_or_default();
        assert_eq!(
            (
                count("users").removed,
                count("conversation_participants").removed
            ),
            (1, 3)
        );
        assert_eq!(
            (count("conversations").removed, count("reactions").removed),
            (1, 3)
        );
        assert!(count("outbox").removed >= 1, "{:?}", done.report);
        assert!(count("messages").wiped >= 4, "{:?}", done.report);
    }
}

#[tokio::test]
async fn erasure_cancelled_within_steps_leaves_no_data() {
    let scene = scene().await;
    let erasure = request(&scene.tenant, &ext("ada")).await.unwrap();
    for polls in (1..20).cycle().take(2_000) {
        scene
            .world
            .clock
            .advance(limit::signed(limit::ERASE_LEASE_SECONDS) * 1_000);
        // `None` if a write of the previous holder was committed concurrently.
        if let Some(mut run) = ErasureJob::lease(&scene.tenant, &scene.world.media, erasure.id)
            .await
            .unwrap()
        {
            cut(run.step(), polls).await;
        }
        if get(&scene.tenant, erasure.id).await.unwrap().status == ErasureStatus::Done {
            break;
        }
    }
    assert_eq!(
        get(&scene.tenant, erasure.id).await.unwrap().status,
        ErasureStatus::Done
    );
    assert_eq!(leftovers(&scene).await, [""; 0]);
}

#[tokio::test]
async fn erasure_keeps_messages_of_others_and_dense_log() {
    let scene = scene().await;
    let erasure = request(&scene.tenant, &IdOrExternalId::Id(scene.ada))
        .await
        .unwrap();
    run(&scene, erasure.id, 100).await;
    let all = messaging::Message::by_seq
        .eq(messaging::Message::conversation_id, scene.group)
        .limit(100);
    let log = scene.tenant.list(all).await.unwrap().items;
    assert!(
        log.iter()
            .map(|record| record.seq)
            .eq(1..=i64::try_from(log.len()).unwrap())
    );
    assert_eq!(
        log.last().map(|record| record.kind),
        Some(RecordKind::Erasure)
    );
    let of = |user| {
        log.iter()
            .filter(move |it| it.kind == RecordKind::Message && it.sender_id == Some(user))
    };
    assert!(of(scene.ada).all(|message| message.content.is_none() && message.deleted_at.is_some()));
    assert!(of(scene.bob).all(|message| message.content.is_some() && message.reactions.is_none()));
    let mine = messaging::get_conversation(
        &scene.tenant,
        Actor::User(scene.bob),
        &IdOrExternalId::Id(scene.group),
    )
    .await;
    assert_eq!(mine.unwrap().conversation.participant_count, 1);
}

#[tokio::test]
async fn erased_user_is_locked_out_and_external_id_released_at_end() {
    let scene = scene().await;
    let erasure = request(&scene.tenant, &ext("ada")).await.unwrap();
    assert_eq!(
        request(&scene.tenant, &ext("ada")).await.unwrap().id,
        erasure.id
    );
    let summary = scene
        .world
        .user_cache
        .one(&scene.tenant, scene.ada)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (summary.is_deleted, summary.display_name.as_deref()),
        (true, None)
    );
    let again = || {
        users::upsert(
            &scene.tenant,
            NewUser {
                external_id: external("ada"),
                changes: UserChanges::default(),
            },
        )
    };
    assert_eq!(again().await.unwrap_err().code, ErrorCode::UserErased);
    run(&scene, erasure.id, 100).await;
    let recount = again().await.unwrap();
    assert!(recount.created && recount.user.id != scene.ada);
    assert_eq!(
        request(&scene.tenant, &IdOrExternalId::Id(scene.ada))
            .await
            .unwrap_err()
            .code,
        ErrorCode::UserNotFound
    );
}

#[tokio::test]
async fn concurrent_lease_holders_of_erasure_one_continues() {
    let scene = scene().await;
    let erasure = request(&scene.tenant, &ext("ada")).await.unwrap();
    let mut slow = ErasureJob::lease(&scene.tenant, &scene.world.media, erasure.id)
        .await
        .unwrap()
        .unwrap();
    assert!(
        ErasureJob::lease(&scene.tenant, &scene.world.media, erasure.id)
            .await
            .unwrap()
            .is_none(),
        "it is leased"
    );
    scene
        .world
        .clock
        .advance(limit::signed(limit::ERASE_LEASE_SECONDS) * 1_000);
    let mut next = ErasureJob::lease(&scene.tenant, &scene.world.media, erasure.id)
        .await
        .unwrap()
        .unwrap();
    assert!(!slow.step().await.unwrap(), "another has gone on with it");
    assert!(next.step().await.unwrap());
}

/// A job that cannot recompute a bucket because it is marked continuously leaves the time of the
/// marks to the next. Verified to fail if that time is stored together with the counts.
#[tokio::test]
async fn count_progress_is_stored_before_counting() {
    let scene = scene().await;
    let requested = request(&scene.tenant, &ext("ada")).await.unwrap();
    let mut run = ErasureJob::lease(&scene.tenant, &scene.world.media, requested.id)
        .await
        .unwrap()
        .unwrap();
    while run.erasure.stage != Stage::Counts {
        assert!(run.step().await.unwrap());
    }
    assert!(run.step().await.unwrap());
    let stored = scene.tenant.get(requested.id).await.unwrap().unwrap();
    assert_eq!(
        (stored.stage, stored.line, stored.marks_until.is_some()),
        (Stage::Counts, 0, true)
    );
}
