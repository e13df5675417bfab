use crate::{alone, at_once, records, texts};
use store::{AppendError, Appended};
use store_conformance::fixtures::{anything, append, entry, whole_log};
use store_conformance::{Fault, Faulty};

const FAULTS: [Fault; 5] = [
    Fault::Unavailable,
    Fault::Lost,
    Fault::Unheard,
    Fault::Late,
    Fault::Half,
];

fn numbered(range: std::ops::Range<usize>) -> impl Iterator<Item = String> {
    range.map(|text| format!("{text:02}"))
}

/// Verified to fail if a retry has a new `_id`: the record was stored twice.
#[tokio::test(start_paused = true)]
async fn whatever_goes_wrong_once_a_record_stands_once() {
    for fault in FAULTS {
        let (engine, tenant, room) = alone();
        append(&tenant, entry(room, "before")).await.unwrap();
        engine.script([fault]);
        let outcomes = append(&tenant, entry(room, "sent")).await;
        assert!(
            matches!(outcomes, Ok(Appended::New(_))),
            "{fault:?}: {outcomes:?}"
        );
        append(&tenant, entry(room, "after")).await.unwrap();
        assert_eq!(
            texts(whole_log(&tenant, room).await),
            ["before", "sent", "after"],
            "{fault:?}"
        );
    }
}

/// Verified to fail if a failed batch is re-queued in reverse order.
#[tokio::test(start_paused = true)]
async fn a_run_that_fails_midway_keeps_its_order() {
    for fault in FAULTS {
        for second in [None, Some(Fault::Half), Some(Fault::Late)] {
            let (engine, tenant, room) = alone();
            engine.script([fault].into_iter().chain(second));
            let outcomes = at_once(
                &tenant,
                records(room, numbered(0..20), || anything(&tenant)),
            )
            .await;
            assert!(
                outcomes
                    .iter()
                    .all(|outcomes| matches!(outcomes, Ok(Appended::New(_)))),
                "{fault:?}: {outcomes:?}"
            );
            assert!(
                numbered(0..20).eq(texts(whole_log(&tenant, room).await)),
                "{fault:?} and {second:?}"
            );
        }
    }
}

#[expect(clippy::unwrap_used, reason = "a part of the test below")]
async fn told_while(
    fault: Fault,
) -> (
    Result<Appended<store_conformance::Entry>, AppendError>,
    usize,
) {
    let (engine, tenant, room) = alone();
    engine.always(Some(fault));
    let outcomes = append(&tenant, entry(room, "sent")).await;
    engine.always(None);
    append(&tenant, entry(room, "after")).await.unwrap();
    (outcomes, whole_log(&tenant, room).await.len())
}

/// Verified to fail if a lost attempt is reported like one that is known to have failed.
#[tokio::test(start_paused = true)]
async fn a_store_that_stays_away_is_told_as_it_is() {
    let (outcomes, standing) = told_while(Fault::Unavailable).await;
    assert!(
        matches!(outcomes, Err(AppendError::Unavailable(_))),
        "{outcomes:?}"
    );
    assert_eq!(standing, 1);
    let (outcomes, standing) = told_while(Fault::Lost).await;
    assert!(
        matches!(outcomes, Err(AppendError::OutcomeUnknown(_))),
        "{outcomes:?}"
    );
    assert_eq!(standing, 1);
    let (outcomes, standing) = told_while(Fault::Unheard).await;
    assert!(matches!(outcomes, Ok(Appended::New(_))), "{outcomes:?}");
    assert_eq!(standing, 2);
}

/// Verified to fail if the writer waits for such a store as for an unavailable one.
#[tokio::test(start_paused = true)]
async fn a_store_that_needs_an_operator_is_not_waited_for() {
    let (engine, tenant, room) = alone();
    let began = tokio::time::Instant::now();
    engine.always(Some(Fault::Halted));
    let rejected = at_once(
        &tenant,
        records(room, numbered(0..100), || anything(&tenant)),
    )
    .await;
    assert!(
        rejected
            .iter()
            .all(|outcome| matches!(outcome, Err(AppendError::Halted(_)))),
        "{rejected:?}"
    );
    assert!(
        began.elapsed().as_secs() < 1,
        "virtual time, so load plays no part"
    );
    engine.always(None);
    append(&tenant, entry(room, "after")).await.unwrap();
    assert_eq!(texts(whole_log(&tenant, room).await), ["after"]);
}

/// A thousand records wait as long as one. Verified to fail with a separate deadline per batch.
#[tokio::test(start_paused = true)]
async fn all_who_wait_are_told_in_time() {
    let (engine, tenant, room) = alone();
    engine.always(Some(Fault::Unavailable));
    let began = tokio::time::Instant::now();
    let outcomes = at_once(
        &tenant,
        records(room, numbered(0..1_000), || anything(&tenant)),
    )
    .await;
    assert!(
        outcomes
            .iter()
            .all(|outcomes| matches!(outcomes, Err(AppendError::Unavailable(_))))
    );
    assert!(
        began.elapsed().as_secs() < 30,
        "virtual time, so load plays no part"
    );
}

/// More records than fit into the queue are rejected at once. Verified to fail without the bound.
#[tokio::test(start_paused = true)]
async fn the_queue_is_bounded() {
    let (engine, tenant, room) = alone();
    engine.always(Some(Fault::Unavailable));
    let count = base::limit::SEQUENCER_QUEUE + base::limit::SEQUENCER_RUN + 10;
    let sending = tokio::spawn({
        let tenant = tenant.clone();
        async move {
            at_once(
                &tenant,
                records(room, numbered(0..count), || anything(&tenant)),
            )
            .await
        }
    });
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    Faulty::always(&engine, None);
    let outcomes = sending.await.unwrap();
    let refused = outcomes
        .iter()
        .filter(|outcomes| matches!(outcomes, Err(AppendError::Unavailable(_))))
        .count();
    assert!(refused >= 10, "{refused}");
    assert_eq!(whole_log(&tenant, room).await.len(), count - refused);
}
