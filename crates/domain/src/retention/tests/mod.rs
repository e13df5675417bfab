//! Rules, holds and rounds on the embedded engine.

mod holds;

use base::{ErrorCode, Id, IdOrExternalId, limit};
use store::{Entity, TenantStore};

use super::*;
use crate::Actor;
use crate::erasure::{self, ErasureStatus};
use crate::messaging::{self, ConversationType, Draft, Message, NewConversation, RecordKind, Role};
use crate::world::{World, ext, person};

const DAY: i64 = 24 * 60 * 60 * 1_000;

const MARKS: messaging::Receipts = messaging::Receipts {
    read_seq: 3,
    delivered_seq: 3,
};

async fn group(tenant: &TenantStore, by: Id<User>) -> Id<Conversation> {
    let new = NewConversation::new(ConversationType::Group, Vec::new());
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
    place: Id<Conversation>,
    text: &str,
) -> Id<Message> {
    let draft = Draft {
        content: Some(text.to_owned()),
        ..Draft::default()
    };
    messaging::send(tenant, Actor::User(user), &IdOrExternalId::Id(place), draft)
        .await
        .unwrap()
        .message
        .id
}

async fn wanted(
    tenant: &TenantStore,
    subject: RetentionSubject,
    days: Option<i64>,
    legal_hold: bool,
) {
    set(tenant, subject, Wanted { days, legal_hold })
        .await
        .unwrap();
}

/// Runs a round; each lease holder crashes after one step.
async fn round(world: &World, tenant: &TenantStore, subject: RetentionSubject) {
    loop {
        world
            .clock
            .advance(limit::signed(limit::RETENTION_ROUND_SECONDS) * 1_000);
        let Some(mut run) = RetentionJob::lease(tenant, subject.id()).await.unwrap() else {
            return;
        };
        if !run.step().await.unwrap() {
            return;
        }
    }
}

/// Returns the texts of the messages in order; empty for tombstones.
async fn texts(tenant: &TenantStore, conversation: Id<Conversation>) -> Vec<String> {
    let log = tenant
        .list(
            Message::by_seq
                .eq(Message::conversation_id, conversation)
                .limit(1_000),
        )
        .await
        .unwrap()
        .items;
    assert!(
        log.iter()
            .map(|record| record.seq)
            .eq(1..=i64::try_from(log.len()).unwrap()),
        "no hole"
    );
    let messages = log
        .into_iter()
        .filter(|record| record.kind == RecordKind::Message);
    messages
        .map(|message| message.doc.content.unwrap_or_default())
        .collect()
}

#[tokio::test]
async fn expired_messages_are_redacted_by_conversation_or_tenant_rule() {
    let world = World::new();
    let acme = world.company("Acme").await.tenant;
    let ada = person(&acme, "ada").await;
    let short = group(&acme, ada).await;
    let long = group(&acme, ada).await;
    for place in [short, long] {
        say(&acme, ada, place, "old").await;
    }
    world.clock.advance(20 * DAY);
    for place in [short, long] {
        say(&acme, ada, place, "new").await;
    }
    wanted(&acme, RetentionSubject::Tenant(acme.id()), Some(10), false).await;
    wanted(
        &acme,
        RetentionSubject::Conversation(long),
        Some(10_000),
        false,
    )
    .await;
    round(&world, &acme, RetentionSubject::Tenant(acme.id())).await;
    round(&world, &acme, RetentionSubject::Conversation(long)).await;
    assert_eq!(texts(&acme, short).await, ["", "new"]);
    assert_eq!(texts(&acme, long).await, ["old", "new"]);
}

#[tokio::test]
async fn hold_retains_expired_messages_until_lifted() {
    let world = World::new();
    let acme = world.company("Acme").await.tenant;
    let ada = person(&acme, "ada").await;
    let bob = person(&acme, "bob").await;
    let place = group(&acme, ada).await;
    say(&acme, ada, place, "old").await;
    world.clock.advance(20 * DAY);
    let subject = RetentionSubject::Conversation(place);
    for holder in [
        subject,
        RetentionSubject::Tenant(acme.id()),
        RetentionSubject::User(ada),
    ] {
        let own = matches!(holder, RetentionSubject::Conversation(_));
        wanted(&acme, subject, Some(10), own).await;
        wanted(&acme, holder, own.then_some(10), true).await;
        round(&world, &acme, subject).await;
        assert_eq!(texts(&acme, place).await, ["old"], "{holder:?}");
        let error = erasure::request(&acme, &ext("ada")).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::LegalHold, "{holder:?}");
        wanted(&acme, holder, own.then_some(10), false).await;
    }
    wanted(&acme, RetentionSubject::User(bob), None, true).await;
    wanted(&acme, subject, Some(10), false).await;
    round(&world, &acme, subject).await;
    assert_eq!(texts(&acme, place).await, [""]);
    erasure::request(&acme, &ext("ada")).await.unwrap();
}

#[tokio::test]
async fn hold_pauses_running_erasure() {
    let world = World::new();
    let acme = world.company("Acme").await.tenant;
    let ada = person(&acme, "ada").await;
    let requested = erasure::request(&acme, &ext("ada")).await.unwrap();
    wanted(&acme, RetentionSubject::User(ada), None, true).await;
    let mut run = erasure::ErasureJob::lease(&acme, &world.media, requested.id)
        .await
        .unwrap()
        .unwrap();
    assert!(!run.step().await.unwrap());
    assert_eq!(
        erasure::get(&acme, requested.id).await.unwrap().status,
        ErasureStatus::Held
    );
    wanted(&acme, RetentionSubject::User(ada), None, false).await;
    world
        .clock
        .advance(limit::signed(limit::HELD_SECONDS) * 1_000);
    let mut run = erasure::ErasureJob::lease(&acme, &world.media, requested.id)
        .await
        .unwrap()
        .unwrap();
    while run.step().await.unwrap() {}
    assert_eq!(
        erasure::get(&acme, requested.id).await.unwrap().status,
        ErasureStatus::Done
    );
}

/// Runs the erasure until it pauses, with a new lease holder after each crash.
async fn run_until_paused(
    world: &World,
    tenant: &TenantStore,
    id: Id<erasure::Erasure>,
) -> Entity<erasure::Erasure> {
    world
        .clock
        .advance(limit::signed(limit::ERASE_LEASE_SECONDS) * 1_000);
    let mut run = erasure::ErasureJob::lease(tenant, &world.media, id)
        .await
        .unwrap()
        .expect("it is due");
    while run.step().await.unwrap() {}
    erasure::get(tenant, id).await.unwrap()
}

#[tokio::test]
async fn hold_on_conversation_retains_it_during_erasure() {
    let world = World::new();
    let acme = world.company("Acme").await.tenant;
    let ada = person(&acme, "ada").await;
    let bob = person(&acme, "bob").await;
    let held = group(&acme, bob).await;
    let is_only_member = group(&acme, ada).await;
    let free = group(&acme, bob).await;
    for place in [held, free] {
        messaging::add_participants(
            &acme,
            Actor::User(bob),
            &IdOrExternalId::Id(place),
            &[ext("ada")],
            Role::Member,
        )
        .await
        .unwrap();
        let said = say(&acme, bob, place, "hello").await;
        messaging::react(&acme, Actor::User(ada), said, ":ok:")
            .await
            .unwrap();
        messaging::advance_receipt(&acme, Actor::User(ada), &IdOrExternalId::Id(place), MARKS)
            .await
            .unwrap();
    }
    for place in [held, is_only_member, free] {
        say(&acme, ada, place, "a word").await;
    }
    let requested = erasure::request(&acme, &ext("ada")).await.unwrap();
    for place in [held, is_only_member] {
        wanted(&acme, RetentionSubject::Conversation(place), None, true).await;
    }
    let waits = run_until_paused(&world, &acme, requested.id).await;
    assert_eq!(waits.status, ErasureStatus::Held);
    let kept: Vec<_> = waits
        .report
        .0
        .iter()
        .map(|(name, counted)| (name.as_str(), counted.held))
        .collect();
    let expected = [
        ("conversation_participants", 2),
        ("messages", 4),
        ("reactions", 1),
        ("read_receipts", 1),
    ];
    assert!(expected.iter().all(|line| kept.contains(line)), "{kept:?}");
    assert_eq!(texts(&acme, held).await, ["hello", "a word"]);
    assert_eq!(texts(&acme, is_only_member).await, ["a word"]);
    assert_eq!(texts(&acme, free).await, ["hello", ""]);
    for place in [held, is_only_member] {
        wanted(&acme, RetentionSubject::Conversation(place), None, false).await;
    }
    erasure::look_again(&acme).await.unwrap();
    let done = run_until_paused(&world, &acme, requested.id).await;
    assert_eq!(done.status, ErasureStatus::Done);
    assert!(
        done.report.0.values().all(|counted| counted.held == 0),
        "{:?}",
        done.report
    );
    assert_eq!(texts(&acme, held).await, ["hello", ""]);
    assert!(acme.get(is_only_member).await.unwrap().is_none());
}

#[tokio::test]
async fn expired_messages_of_held_user_are_skipped_until_hold_is_lifted() {
    let world = World::new();
    let acme = world.company("Acme").await.tenant;
    let ada = person(&acme, "ada").await;
    let bob = person(&acme, "bob").await;
    let place = group(&acme, bob).await;
    messaging::add_participants(
        &acme,
        Actor::User(bob),
        &IdOrExternalId::Id(place),
        &[ext("ada")],
        Role::Member,
    )
    .await
    .unwrap();
    // More than one batch, so that a round continues after the messages it has kept.
    for at in 0..limit::ERASE_DOCUMENTS + 5 {
        say(&acme, if at % 100 == 50 { ada } else { bob }, place, "old").await;
    }
    world.clock.advance(20 * DAY);
    wanted(&acme, RetentionSubject::User(ada), None, true).await;
    wanted(
        &acme,
        RetentionSubject::Conversation(place),
        Some(10),
        false,
    )
    .await;
    let left = async || {
        texts(&acme, place)
            .await
            .iter()
            .filter(|text| !text.is_empty())
            .count()
    };
    for _ in 0..2 {
        round(&world, &acme, RetentionSubject::Conversation(place)).await;
        assert_eq!(left().await, 2);
    }
    wanted(&acme, RetentionSubject::User(ada), None, false).await;
    round(&world, &acme, RetentionSubject::Conversation(place)).await;
    assert_eq!(left().await, 0);
}

#[tokio::test]
async fn days_out_of_range_or_for_user_are_rejected() {
    let world = World::new();
    let acme = world.company("Acme").await.tenant;
    let ada = person(&acme, "ada").await;
    for (subject, days) in [
        (RetentionSubject::Tenant(acme.id()), 0),
        (RetentionSubject::Tenant(acme.id()), 36_501),
        (RetentionSubject::User(ada), 1),
    ] {
        let error = set(
            &acme,
            subject,
            Wanted {
                days: Some(days),
                legal_hold: false,
            },
        )
        .await
        .unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidRequest);
    }
}
