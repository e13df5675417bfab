use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use base::{Error, ErrorCode, Id};
use tokio::sync::broadcast;

use crate::{Node, alone, at_once, node, rivals, texts};
use store::{AppendError, Appended, ChangeEvent, Guard, TenantStore};
use store_conformance::cases::guards::unless_removed;
use store_conformance::fixtures::{
    anything, append, append_guarded, entry, insert, member, sent, stored, whole_log, write,
};
use store_conformance::{Entry, Fault, Model, User};

/// Creates a guard that accepts the record and inserts a member in the same commit.
fn joining(tenant: &TenantStore, room: Id<store_conformance::Room>, person: Id<User>) -> Guard {
    let tenant = tenant.clone();
    Guard::new(move |_| {
        let mut batch = tenant.batch();
        batch.insert(member(room, person));
        Ok(batch)
    })
}

/// The removal fails with a conflict, so no rejection may depend on it. Verified to fail if
/// rejections are sent before the batch is committed.
#[tokio::test(start_paused = true)]
async fn a_refusal_rests_on_what_stands() {
    let (_, tenant, room) = alone();
    let taken = tenant.context().new_id();
    insert(&tenant, member(room, taken)).await;
    let sends = vec![
        (entry(room, "removed"), joining(&tenant, room, taken)),
        (entry(room, "sent"), unless_removed(&tenant)),
    ];
    let outcomes = at_once(&tenant, sends).await;
    assert!(
        matches!(
            outcomes[0],
            Err(AppendError::Conflict {
                index: "by_room",
                ..
            })
        ),
        "{outcomes:?}"
    );
    assert!(matches!(outcomes[1], Ok(Appended::New(_))), "{outcomes:?}");
}

/// The second record conflicts with the first one of its own batch, which is then not committed.
/// Verified to fail if a conflict within the batch is reported at once.
#[tokio::test(start_paused = true)]
async fn a_conflict_rests_on_what_stands() {
    let (_, tenant, room) = alone();
    let person = tenant.context().new_id();
    let taken = tenant.context().new_id();
    insert(&tenant, member(room, taken)).await;
    let asked = AtomicBool::new(false);
    let owner = tenant.clone();
    let fickle = Guard::new(move |_| {
        let mut batch = owner.batch();
        batch.insert(member(
            room,
            if asked.swap(true, Ordering::SeqCst) {
                taken
            } else {
                person
            },
        ));
        Ok(batch)
    });
    let sends = vec![
        (entry(room, "first"), fickle),
        (entry(room, "second"), joining(&tenant, room, person)),
    ];
    let outcomes = at_once(&tenant, sends).await;
    assert!(
        matches!(outcomes[0], Err(AppendError::Conflict { .. })),
        "{outcomes:?}"
    );
    assert!(matches!(outcomes[1], Ok(Appended::New(_))), "{outcomes:?}");
    assert_eq!(texts(whole_log(&tenant, room).await), ["second"]);
}

/// The log was removed as a whole, and this node only learns that events were lost. Verified to
/// fail if the cached end of a log survives a loss of events.
#[tokio::test(start_paused = true)]
async fn nothing_rests_on_a_log_that_is_gone_where_hints_were_lost() {
    let model = Arc::new(Model::new());
    let events = broadcast::Sender::new(8);
    let Node { store, tenant, .. } = node(&model, 1, Some(events.clone()));
    let rival = node(&model, 2, None).tenant;
    let room = tenant.context().new_id();
    let first = stored(append(&tenant, entry(room, "first")).await.unwrap());
    write(&rival, |batch| batch.remove(first.id, true))
        .await
        .unwrap();
    let mut handled = store.watch();
    events.send(Arc::new(ChangeEvent::Lagged)).unwrap();
    while !matches!(*handled.recv().await.unwrap(), ChangeEvent::Lagged) {}
    let outcomes = append_guarded(
        &tenant,
        entry(room, "second"),
        first.seq.get(),
        unless_removed(&tenant),
    )
    .await;
    assert!(matches!(outcomes, Err(AppendError::Behind)), "{outcomes:?}");
}

/// Creates a guard that rejects if the last record about the sender is a removal.
fn unless_removed_last(tenant: &TenantStore) -> Guard {
    let tenant = tenant.clone();
    Guard::new(move |since| {
        let last = since
            .filter_map(|row| row.read(Entry::text))
            .filter(|text| text == "removed" || text == "added")
            .last();
        if last.as_deref() == Some("removed") {
            Err(Error::new(ErrorCode::NotAParticipant, "removed"))
        } else {
            Ok(tenant.batch())
        }
    })
}

/// The sender was added again through another node, without an event to this one. Verified to fail
/// if a rejection relies on the head in memory.
#[tokio::test(start_paused = true)]
async fn a_refusal_does_not_rest_on_an_old_head() {
    let (_, tenant, rival, room) = rivals();
    append(&tenant, entry(room, "removed")).await.unwrap();
    append(&rival, entry(room, "added")).await.unwrap();
    let outcomes = append_guarded(
        &tenant,
        entry(room, "sent"),
        0,
        unless_removed_last(&tenant),
    )
    .await;
    assert!(matches!(outcomes, Ok(Appended::New(_))), "{outcomes:?}");
}

/// The record was written without an acknowledgement, before another writer's removal. Verified to
/// fail if its guard runs again.
#[tokio::test(start_paused = true)]
async fn a_record_that_landed_unheard_is_not_refused() {
    let (engine, tenant, rival, room) = rivals();
    append(&tenant, entry(room, "before")).await.unwrap();
    engine.script([Fault::Unheard]);
    engine.blind(1);
    let sending = tokio::spawn({
        let tenant = tenant.clone();
        async move { append_guarded(&tenant, entry(room, "sent"), 0, unless_removed(&tenant)).await }
    });
    while whole_log(&rival, room).await.len() < 2 {
        tokio::task::yield_now().await;
    }
    append(&rival, entry(room, "removed")).await.unwrap();
    let outcomes = sending.await.unwrap();
    assert!(matches!(outcomes, Ok(Appended::New(_))), "{outcomes:?}");
    assert_eq!(
        texts(whole_log(&tenant, room).await),
        ["before", "sent", "removed"]
    );
}

/// Verified to fail if the guard takes precedence over the stored record.
#[tokio::test(start_paused = true)]
async fn a_retry_of_a_removed_sender_is_told_what_stands() {
    let (_, tenant, room) = alone();
    let ada = tenant.context().new_id();
    let first = stored(append(&tenant, sent(room, ada, "1")).await.unwrap());
    append(&tenant, entry(room, "removed")).await.unwrap();
    let retried = append_guarded(&tenant, sent(room, ada, "1"), 0, unless_removed(&tenant)).await;
    let Ok(Appended::Known(known)) = retried else {
        panic!("{retried:?}")
    };
    assert_eq!(known.to_row(), first.to_row());
    let other = append_guarded(&tenant, sent(room, ada, "2"), 0, unless_removed(&tenant)).await;
    assert!(matches!(other, Err(AppendError::Refused(_))), "{other:?}");
}

/// Only the callers in the batch of the panicking guard get an unknown outcome; later callers are
/// served. Verified to fail if the whole queue ends with the task.
#[tokio::test(start_paused = true)]
async fn a_guard_that_panics_takes_nobody_else_along() {
    let (_, tenant, room) = alone();
    let panicking = tokio::spawn({
        let tenant = tenant.clone();
        async move {
            append_guarded(
                &tenant,
                entry(room, "never"),
                0,
                Guard::new(|_| panic!("a bug of a room")),
            )
            .await
        }
    });
    // So many that they do not fit into the batch of the first.
    let sends = (0..80)
        .map(|text| (entry(room, text.to_string()), anything(&tenant)))
        .collect();
    let (outcomes, panicked) = tokio::join!(at_once(&tenant, sends), panicking);
    assert!(matches!(
        panicked.unwrap(),
        Err(AppendError::OutcomeUnknown(_))
    ));
    let committed = outcomes
        .iter()
        .filter(|outcomes| matches!(outcomes, Ok(Appended::New(_))))
        .count();
    assert!(committed >= 80 - base::limit::SEQUENCER_RUN, "{committed}");
    assert_eq!(whole_log(&tenant, room).await.len(), committed);
    append(&tenant, entry(room, "after")).await.unwrap();
}
