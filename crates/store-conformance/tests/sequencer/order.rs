use std::sync::Arc;

use crate::{Node, alone, at_once, node, rivals, texts};
use store::{AppendError, Appended, ChangeEvent, Collection, Engine as _, Guard};
use store_conformance::fixtures::{anything, append, append_guarded, entry, sent, whole_log};
use store_conformance::{Entry, Fault, Model, User};

/// Copies that wait together result in one record and few commits. Verified to fail, by the count,
/// with one conflict per copy.
#[tokio::test(start_paused = true)]
async fn copies_are_answered_together() {
    let (engine, tenant, room) = alone();
    let ada = tenant.context().new_id();
    let copies = (0..200)
        .map(|_| (sent(room, ada, "1"), anything(&tenant)))
        .collect();
    let outcomes = at_once(&tenant, copies).await;
    assert_eq!(
        outcomes
            .iter()
            .filter(|outcomes| matches!(outcomes, Ok(Appended::New(_))))
            .count(),
        1
    );
    assert_eq!(
        outcomes
            .iter()
            .filter(|outcomes| matches!(outcomes, Ok(Appended::Known(_))))
            .count(),
        199
    );
    assert_eq!(whole_log(&tenant, room).await.len(), 1);
    let commits = engine.stats().commits.get();
    assert!(commits <= 8, "{commits} commits");
}

/// After an outage all senders repeat what may have been stored, with new records in between.
/// Verified to fail, by the count, if each commit finds only one retry.
#[tokio::test(start_paused = true)]
async fn a_storm_of_retries_costs_few_commits() {
    let (engine, tenant, room) = alone();
    let ada = tenant.context().new_id();
    let send = |number: usize| (sent(room, ada, number.to_string()), anything(&tenant));
    at_once(&tenant, (0..60).step_by(2).map(send).collect()).await;
    let before = engine.stats().commits.get();
    let outcomes = at_once(&tenant, (0..60).map(send).collect()).await;
    assert_eq!(
        outcomes
            .iter()
            .filter(|outcomes| matches!(outcomes, Ok(Appended::Known(_))))
            .count(),
        30
    );
    assert_eq!(whole_log(&tenant, room).await.len(), 60);
    let commits = engine.stats().commits.get() - before;
    assert!(commits <= 3, "{commits} commits");
}

/// The sixth record fails, so the batch is cut there, and more records wait than fit into a batch.
/// Verified to fail if the records that are left follow later ones.
#[tokio::test(start_paused = true)]
async fn what_is_left_goes_before_what_came_later() {
    let (_, tenant, room) = alone();
    let nobody = tenant.context().new_id::<User>();
    let send = |text: usize| {
        let owner = tenant.clone();
        let guard = Guard::new(move |_| {
            let mut batch = owner.batch();
            if text == 5 {
                batch.remove(nobody, true);
            }
            Ok(batch)
        });
        (entry(room, format!("{text:03}")), guard)
    };
    let outcomes = at_once(&tenant, (0..200).map(send).collect()).await;
    assert!(
        matches!(
            outcomes[5],
            Err(AppendError::PreconditionFailed { current: None })
        ),
        "{:?}",
        outcomes[5]
    );
    let stored = texts(whole_log(&tenant, room).await);
    assert_eq!(stored.len(), 199);
    assert!(stored.is_sorted(), "{stored:?}");
}

/// A sequence conflict changes the number, in every field that holds it. Verified to fail if the
/// number of the first attempt is kept.
#[tokio::test(start_paused = true)]
async fn every_field_gets_the_number_of_the_last_try() {
    let (engine, tenant, rival, room) = rivals();
    append(&tenant, entry(room, "one")).await.unwrap();
    append(&rival, entry(room, "two")).await.unwrap();
    append(&tenant, entry(room, "three")).await.unwrap();
    assert_eq!(engine.stats().sequence_conflicts.get(), 1);
    let numbers: Vec<_> = whole_log(&tenant, room)
        .await
        .iter()
        .map(|entry| entry.doc.changed_seq.get())
        .collect();
    assert_eq!(numbers, [1, 2, 3]);
}

/// Writes that accompany a record emit change events, however the outcome became known. Verified to
/// fail if only commits with a known outcome emit them.
#[tokio::test(start_paused = true)]
async fn writes_beside_an_unheard_record_are_told() {
    let Node {
        engine,
        store,
        tenant,
    } = node(&Arc::new(Model::new()), 1, None);
    let room = tenant.context().new_id();
    let accompanying = tenant.context().new_id::<User>();
    let owner = tenant.clone();
    let guard = Guard::new(move |_| {
        let mut batch = owner.batch();
        batch.insert_as(accompanying, store_conformance::fixtures::person("red"));
        Ok(batch)
    });
    let mut hints = store.watch();
    engine.script([Fault::Unheard]);
    at_once(&tenant, vec![(entry(room, "joined"), guard)])
        .await
        .pop()
        .unwrap()
        .unwrap();
    let mut grew = false;
    let mut written = false;
    while let Ok(hint) = hints.try_recv() {
        match *hint {
            ChangeEvent::LogAppended { declaration, .. } => {
                grew |= declaration.name == Entry::DECLARATION.name;
            }
            ChangeEvent::DocumentChanged { id, .. } => written |= id == accompanying.object_id(),
            ChangeEvent::Lagged => {}
        }
    }
    assert!(grew && written);
}

/// A caller that has seen a log must read again after its removal, and nothing is written in its
/// place. Verified to fail if only the records since are checked.
#[tokio::test(start_paused = true)]
async fn nothing_is_written_to_a_log_that_is_gone() {
    let (_, tenant, room) = alone();
    let outcomes = append_guarded(&tenant, entry(room, "late"), 3, anything(&tenant)).await;
    assert!(matches!(outcomes, Err(AppendError::Behind)), "{outcomes:?}");
    assert_eq!(whole_log(&tenant, room).await.len(), 0);
}
