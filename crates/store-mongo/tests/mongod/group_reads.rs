//! Concurrent reads of timelines share commands.

use std::ops::Bound;
use std::time::Duration;

use base::Id;
use store::Since;
use store_conformance::{Entry, Room};
use tokio::task::JoinSet;

use crate::world::{Fresh, append, sent, tenant};

#[tokio::test(flavor = "multi_thread")]
async fn parts_that_wait_are_read_by_fewer_commands() {
    let fresh = Fresh::shared().await;
    let store = fresh.store().await;
    let tenant = tenant(&store);
    let sender = store.context().new_id();
    let rooms: Vec<Id<Room>> = (0..4).map(|_| store.context().new_id()).collect();
    for room in &rooms {
        for number in 1..=10 {
            append(&tenant, sent(*room, sender, &number.to_string()))
                .await
                .unwrap();
        }
    }
    let before = store.stats().reads.get();
    let mut readers = JoinSet::new();
    for turn in 0..200 {
        let tenant = tenant.clone();
        let room = rooms[turn % rooms.len()];
        readers.spawn(async move {
            let all = (Bound::Unbounded, Bound::Unbounded);
            let since = Since {
                seq: 10,
                records: 0,
                dense: true,
            };
            let found = tenant
                .timeline::<Entry>(room, all, 5, since)
                .await
                .unwrap()
                .unwrap();
            assert!(found.shown.iter().all(|record| record.room == room));
            found
                .shown
                .iter()
                .map(|record| record.seq.get())
                .collect::<Vec<_>>()
        });
    }
    assert!(
        readers
            .join_all()
            .await
            .iter()
            .all(|numbers| *numbers == [10, 9, 8, 7, 6])
    );
    let reads = store.stats().reads.get() - before;
    assert!(reads < 200, "{reads} commands for 200 reads");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_who_goes_away_takes_nobody_along() {
    let fresh = Fresh::shared().await;
    let store = fresh.store().await;
    let tenant = tenant(&store);
    let sender = store.context().new_id();
    let room = store.context().new_id();
    for number in 1..=10 {
        append(&tenant, sent(room, sender, &number.to_string()))
            .await
            .unwrap();
    }
    let before = store.stats().reads.get();
    let mut readers = JoinSet::new();
    let mut leaving = Vec::new();
    for turn in 0..100 {
        let tenant = tenant.clone();
        let reader = readers.spawn(async move {
            let all = (Bound::Unbounded, Bound::Unbounded);
            let since = Since {
                seq: 10,
                records: 0,
                dense: true,
            };
            tenant
                .timeline::<Entry>(room, all, 5, since)
                .await
                .unwrap()
                .unwrap()
                .shown
                .len()
        });
        if turn % 2 == 0 {
            leaving.push(reader);
        }
    }
    // Some reads are complete or in flight now, the others are queued.
    while store.stats().reads.get() == before {
        tokio::task::yield_now().await;
    }
    leaving.iter().for_each(tokio::task::AbortHandle::abort);
    let mut answered = 0;
    let all = async {
        while let Some(found) = readers.join_next().await {
            answered += usize::from(found.is_ok_and(|shown| shown == 5));
        }
    };
    tokio::time::timeout(Duration::from_secs(30), all)
        .await
        .expect("nobody is forgotten");
    assert!(
        answered >= 50,
        "{answered} of the 50 who stayed were answered"
    );
}
