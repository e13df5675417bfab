//! Parts of a timeline, with what the log says since.

use std::ops::Bound;

use base::Id;

use super::people::{append, entry};
use crate::proof::{Case, Entry, Room};
use crate::{Since, Tenant, Timeline};

const ALL: (Bound<i64>, Bound<i64>) = (Bound::Unbounded, Bound::Unbounded);

/// A room in which each third record is not shown.
async fn room(tenant: &Tenant, records: i64) -> Id<Room> {
    let room = tenant.context().new_id();
    for number in 1..=records {
        append(tenant, Entry { shown: number % 3 != 0, ..entry(room, format!("{number}")) }).await.unwrap();
    }
    room
}

async fn part(
    tenant: &Tenant,
    room: Id<Room>,
    bounds: (Bound<i64>, Bound<i64>),
    since: Since,
) -> Option<Timeline<Entry>> {
    tenant.timeline::<Entry>(room, bounds, 3, since).await.unwrap()
}

/// The numbers of what is shown, whether more is, and the numbers of the rest.
fn told(found: Option<Timeline<Entry>>) -> Option<(Vec<i64>, bool, Vec<i64>)> {
    let numbers = |records: Vec<crate::Entity<Entry>>| records.iter().map(|record| record.seq.get()).collect();
    found.map(|found| (numbers(found.shown), found.more, numbers(found.beside)))
}

/// By one statement, wherever the part lies.
pub async fn what_came_since_comes_along(case: &Case<'_>) {
    let tenant = case.tenant();
    let room = room(&tenant, 20).await;
    let reads = || case.world.store.stats().reads.get();
    let before = reads();
    let newest = part(&tenant, room, ALL, Since { seq: 20, records: 0 }).await;
    assert_eq!(told(newest), Some((vec![20, 19, 17], true, vec![])));
    let since = Since { seq: 12, records: 8 };
    assert_eq!(told(part(&tenant, room, ALL, since).await), Some((vec![20, 19, 17], true, vec![18, 15])));
    let old = (Bound::Included(2), Bound::Excluded(8));
    assert_eq!(told(part(&tenant, room, old, since).await), Some((vec![7, 5, 4], true, vec![18, 15])));
    let oldest = (Bound::Included(4), Bound::Excluded(7));
    assert_eq!(told(part(&tenant, room, oldest, since).await), Some((vec![5, 4], false, vec![18, 15])));
    assert_eq!(reads() - before, 4);
    assert_eq!(told(part(&case.stranger(), room, ALL, since).await), Some((vec![], false, vec![])));
}

/// None of what came since is left out unsaid.
pub async fn more_than_was_known_is_said(case: &Case<'_>) {
    let tenant = case.tenant();
    let room = room(&tenant, 20).await;
    for (seq, records) in [(0, 0), (0, 3), (17, 0)] {
        assert_eq!(told(part(&tenant, room, ALL, Since { seq, records }).await), None, "{records} since {seq}");
    }
}
