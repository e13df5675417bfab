//! Parts of a timeline, with the records that were appended since a known one.

use std::ops::Bound;

use base::Id;
use tokio::task::JoinSet;

use crate::fixtures::{append, entry};
use crate::{Case, Entry, Room};
use store::{Since, TenantStore, Timeline};

const ALL: (Bound<i64>, Bound<i64>) = (Bound::Unbounded, Bound::Unbounded);

/// Creates a room in which each third record is not shown.
async fn room(tenant: &TenantStore, records: i64) -> Id<Room> {
    let room = tenant.context().new_id();
    for number in 1..=records {
        append(
            tenant,
            Entry {
                shown: number % 3 != 0,
                ..entry(room, format!("{number}"))
            },
        )
        .await
        .unwrap();
    }
    room
}

async fn part(
    tenant: &TenantStore,
    room: Id<Room>,
    bounds: (Bound<i64>, Bound<i64>),
    since: Since,
) -> Option<Timeline<Entry>> {
    tenant
        .timeline::<Entry>(room, bounds, 3, since)
        .await
        .unwrap()
}

/// Returns the sequence numbers of the shown records, whether more of them exist, and the sequence
/// numbers of the other records.
fn seqs(found: Option<Timeline<Entry>>) -> Option<(Vec<i64>, bool, Vec<i64>)> {
    let numbers = |records: Vec<store::Entity<Entry>>| {
        records.iter().map(|record| record.seq.get()).collect()
    };
    found.map(|found| (numbers(found.shown), found.more, numbers(found.unshown)))
}

/// Checks that one statement also returns the later records, wherever the part is.
pub async fn what_came_since_comes_along(case: &Case<'_>) {
    let tenant = case.tenant();
    let room = room(&tenant, 20).await;
    let reads = || case.world.store.stats().reads.get();
    let before = reads();
    let newest = part(
        &tenant,
        room,
        ALL,
        Since {
            seq: 20,
            records: 0,
            dense: false,
        },
    )
    .await;
    assert_eq!(seqs(newest), Some((vec![20, 19, 17], true, vec![])));
    let since = Since {
        seq: 12,
        records: 8,
        dense: false,
    };
    assert_eq!(
        seqs(part(&tenant, room, ALL, since).await),
        Some((vec![20, 19, 17], true, vec![18, 15]))
    );
    let old = (Bound::Included(2), Bound::Excluded(8));
    assert_eq!(
        seqs(part(&tenant, room, old, since).await),
        Some((vec![7, 5, 4], true, vec![18, 15]))
    );
    let oldest = (Bound::Included(4), Bound::Excluded(7));
    assert_eq!(
        seqs(part(&tenant, room, oldest, since).await),
        Some((vec![5, 4], false, vec![18, 15]))
    );
    assert_eq!(reads() - before, 4);
    assert_eq!(
        seqs(part(&case.stranger(), room, ALL, since).await),
        Some((vec![], false, vec![]))
    );
}

/// Checks that the result does not depend on where an engine searches first: in a log of shown
/// records only, in one with hidden records, and in one that is shorter than a part.
pub async fn dense_or_not_a_part_is_the_same(case: &Case<'_>) {
    let tenant = case.tenant();
    let dense = tenant.context().new_id();
    for number in 1..=20 {
        append(&tenant, entry(dense, format!("{number}")))
            .await
            .unwrap();
    }
    let parts = [
        ALL,
        (Bound::Included(2), Bound::Excluded(9)),
        (Bound::Excluded(4), Bound::Included(6)),
    ];
    for room in [
        dense,
        room(&tenant, 20).await,
        room(&tenant, 2).await,
        tenant.context().new_id(),
    ] {
        for (bounds, (seq, records)) in parts.into_iter().zip([(20, 0), (17, 3), (1, 19)]) {
            let look = async |dense| {
                seqs(
                    part(
                        &tenant,
                        room,
                        bounds,
                        Since {
                            seq,
                            records,
                            dense,
                        },
                    )
                    .await,
                )
            };
            assert_eq!(
                look(true).await,
                look(false).await,
                "{bounds:?} since {seq}"
            );
        }
    }
    // A hidden record after more shown records than the caller expects.
    append(
        &tenant,
        Entry {
            shown: false,
            ..entry(dense, "hidden")
        },
    )
    .await
    .unwrap();
    let old = (Bound::Unbounded, Bound::Excluded(9));
    let unseen = Since {
        seq: 10,
        records: 0,
        dense: true,
    };
    assert_eq!(seqs(part(&tenant, dense, old, unseen).await), None);
    let reads = || case.world.store.stats().reads.get();
    let before = reads();
    let newest = part(
        &tenant,
        dense,
        ALL,
        Since {
            seq: 21,
            records: 0,
            dense: true,
        },
    )
    .await
    .unwrap();
    assert!(newest.dense);
    assert_eq!(seqs(Some(newest)), Some((vec![20, 19, 18], true, vec![])));
    assert_eq!(reads() - before, 1);
}

/// Checks concurrent reads of parts by two tenants that use the same ids.
pub async fn parts_asked_for_at_once_are_each_their_own(case: &Case<'_>) {
    let owners = [case.tenant(), case.stranger()];
    let rooms: Vec<Id<Room>> = (0..3).map(|_| case.tenant().context().new_id()).collect();
    for (place, tenant) in owners.iter().enumerate() {
        for room in &rooms {
            for number in 0..10 {
                append(tenant, entry(*room, format!("{place} {number}")))
                    .await
                    .unwrap();
            }
        }
    }
    let mut asked = JoinSet::new();
    for turn in 0..60 {
        let place = turn % 2;
        let room = rooms[turn % 3];
        let to = i64::try_from(4 + turn % 5).unwrap();
        let owner = owners[place].clone();
        asked.spawn(async move {
            let since = Since {
                seq: 10,
                records: 0,
                dense: true,
            };
            let found = part(&owner, room, (Bound::Unbounded, Bound::Excluded(to)), since)
                .await
                .unwrap();
            assert!(found.shown.iter().all(|record| record.room == room));
            let texts: Vec<String> = found
                .shown
                .into_iter()
                .map(|record| record.doc.text)
                .collect();
            assert_eq!(
                texts,
                [2, 3, 4].map(|before| format!("{place} {}", to - before))
            );
        });
    }
    asked.join_all().await;
}

/// Checks that the result is `None` if more records were appended than the caller expects.
pub async fn more_than_was_known_is_said(case: &Case<'_>) {
    let tenant = case.tenant();
    let room = room(&tenant, 20).await;
    for (seq, records) in [(0, 0), (0, 3), (17, 0)] {
        for dense in [false, true] {
            let since = Since {
                seq,
                records,
                dense,
            };
            assert_eq!(
                seqs(part(&tenant, room, ALL, since).await),
                None,
                "{records} since {seq}"
            );
        }
    }
}
