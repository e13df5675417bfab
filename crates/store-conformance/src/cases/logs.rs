//! Logs: dense, ordered, without duplicates from retries.

use std::collections::BTreeSet;

use tokio::task::JoinSet;

use crate::fixtures::{append, entry, sent, stored, whole_log};
use crate::{Case, Entry};
use store::{Appended, Seq, Shown};

/// Checks that sequence numbers run from 1 without gaps, and that each sender receives its own.
pub async fn parallel_appends_are_dense(case: &Case<'_>) {
    let tenant = case.tenant();
    let room = tenant.context().new_id();
    let mut senders = JoinSet::new();
    for text in 0..200 {
        let tenant = tenant.clone();
        senders.spawn(async move {
            stored(
                append(&tenant, entry(room, text.to_string()))
                    .await
                    .unwrap(),
            )
        });
    }
    let outcomes = senders.join_all().await;
    let stored = whole_log(&tenant, room).await;
    assert_eq!(stored.len(), 200);
    for entry in outcomes {
        let position = usize::try_from(entry.seq.get() - 1).unwrap();
        assert_eq!(stored[position].to_row(), entry.to_row());
    }
}

/// Checks that the records of a sender are in order, whether or not the sender awaits each
/// response before the next send.
pub async fn a_sender_keeps_its_order(case: &Case<'_>) {
    let tenant = case.tenant();
    let room = tenant.context().new_id();
    let mut senders = JoinSet::new();
    for sender in 0..8 {
        let tenant = tenant.clone();
        senders.spawn(async move {
            // Polled in order, so queued in order; no send awaits the previous one.
            let sends =
                (0..20).map(|text| append(&tenant, entry(room, format!("{sender} {text:02}"))));
            let mut sends: Vec<_> = sends.map(Box::pin).collect();
            for send in &mut sends {
                let queued = std::future::poll_fn(|context| {
                    std::task::Poll::Ready(send.as_mut().poll(context))
                })
                .await;
                assert!(queued.is_pending() || matches!(queued, std::task::Poll::Ready(Ok(_))));
                tokio::task::yield_now().await;
            }
        });
    }
    senders.join_all().await;
    append(&tenant, entry(room, "last")).await.unwrap();
    let stored = whole_log(&tenant, room).await;
    assert_eq!(stored.len(), 161);
    for sender in 0..8 {
        let mine = stored
            .iter()
            .filter(|entry| entry.doc.text.starts_with(&format!("{sender} ")));
        assert!(mine.map(|entry| &entry.doc.text).is_sorted());
    }
}

/// Checks that a retry with the same client id returns the stored record. The same client id of
/// another sender is another record.
pub async fn a_retry_answers_the_stored_record(case: &Case<'_>) {
    let tenant = case.tenant();
    let room = tenant.context().new_id();
    let ada = tenant.context().new_id();
    let bob = tenant.context().new_id();
    let first = stored(append(&tenant, sent(room, ada, "1")).await.unwrap());
    let retried = append(
        &tenant,
        Entry {
            text: "other".to_owned(),
            ..sent(room, ada, "1")
        },
    )
    .await
    .unwrap();
    let Appended::Known(known) = retried else {
        panic!("a retry is known: {retried:?}")
    };
    assert_eq!(known.to_row(), first.to_row());
    assert!(matches!(
        append(&tenant, sent(room, bob, "1")).await.unwrap(),
        Appended::New(_)
    ));
    assert!(matches!(
        append(&case.rival(), sent(room, ada, "1")).await.unwrap(),
        Appended::Known(_)
    ));
    assert_eq!(whole_log(&tenant, room).await.len(), 2);
}

/// Checks that many concurrent copies of ten sends create ten records, each of them new only once.
pub async fn retries_at_once_give_one_record(case: &Case<'_>) {
    let tenant = case.tenant();
    let room = tenant.context().new_id();
    let ada = tenant.context().new_id();
    let mut senders = JoinSet::new();
    for copy in 0..100 {
        let tenant = tenant.clone();
        senders.spawn(async move {
            append(&tenant, sent(room, ada, (copy % 10).to_string()))
                .await
                .unwrap()
        });
    }
    let mut new = 0;
    let mut outcomes = BTreeSet::new();
    for appended in senders.join_all().await {
        new += usize::from(matches!(appended, Appended::New(_)));
        let entry = stored(appended);
        outcomes.insert((
            entry.doc.client_id.clone(),
            entry.id.object_id(),
            entry.seq.get(),
        ));
    }
    assert_eq!(
        (new, outcomes.len(), whole_log(&tenant, room).await.len()),
        (10, 10, 10)
    );
}

/// Checks that times do not decrease in a log, even if the clock does.
pub async fn time_never_goes_back(case: &Case<'_>) {
    let tenant = case.tenant();
    let room = tenant.context().new_id();
    append(&tenant, entry(room, "one")).await.unwrap();
    case.world.clock.advance(-5_000);
    append(&tenant, entry(room, "two")).await.unwrap();
    append(&case.rival(), entry(room, "three")).await.unwrap();
    case.world.clock.advance(6_000);
    append(&tenant, entry(room, "four")).await.unwrap();
    let times: Vec<_> = whole_log(&tenant, room)
        .await
        .iter()
        .map(|entry| entry.created_at.millis())
        .collect();
    assert_eq!(
        [
            times[1] - times[0],
            times[2] - times[0],
            times[3] - times[0]
        ],
        [0, 0, 1_000]
    );
}

/// Checks that a head has the last record and the last shown record, from memory and from the
/// store.
pub async fn heads_are_told_with_what_is_shown(case: &Case<'_>) {
    let tenant = case.tenant();
    let [room, silent, empty] = [(); 3].map(|()| tenant.context().new_id());
    let mut hints = case.world.rival.watch();
    for text in ["one", "two"] {
        append(&tenant, entry(room, text)).await.unwrap();
        case.world.clock.advance(10);
    }
    let last = stored(
        append(
            &tenant,
            Entry {
                shown: false,
                ..entry(room, "hidden")
            },
        )
        .await
        .unwrap(),
    );
    append(
        &tenant,
        Entry {
            shown: false,
            ..entry(silent, "hidden")
        },
    )
    .await
    .unwrap();
    for tenant in [case.tenant(), case.rival()] {
        let mut heads = tenant.heads::<Entry>(&[room, silent, empty]).await.unwrap();
        // The memory of another node lags until it receives the change event.
        while heads.iter().map(|head| head.seq).sum::<i64>() < 4 {
            hints.recv().await.unwrap();
            heads = tenant.heads::<Entry>(&[room, silent, empty]).await.unwrap();
        }
        heads.sort_by_key(|head| head.log);
        assert_eq!(
            heads
                .iter()
                .map(|head| (head.log, head.seq))
                .collect::<Vec<_>>(),
            [(room.object_id(), 3), (silent.object_id(), 1)]
        );
        let shown = tenant
            .find(
                Entry::by_seq
                    .eq(Entry::room, room)
                    .eq(Entry::seq, Seq::At(2)),
            )
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            heads[0].shown,
            Some(Shown {
                seq: 2,
                id: shown.id.object_id(),
                created_at: shown.created_at
            })
        );
        assert_eq!(
            (heads[0].created_at, heads[1].shown),
            (last.created_at, None)
        );
    }
}

/// Checks that each log has its own sequence numbers, even if one batch writes several logs.
pub async fn logs_do_not_touch_each_other(case: &Case<'_>) {
    let tenant = case.tenant();
    let rooms: Vec<_> = (0..10).map(|_| tenant.context().new_id()).collect();
    let mut senders = JoinSet::new();
    for text in 0..10 {
        for room in rooms.clone() {
            let tenant = tenant.clone();
            senders.spawn(async move {
                append(&tenant, entry(room, text.to_string()))
                    .await
                    .unwrap()
            });
        }
    }
    senders.join_all().await;
    for room in rooms {
        assert_eq!(whole_log(&tenant, room).await.len(), 10);
    }
}
