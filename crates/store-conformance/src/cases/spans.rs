//! Documents of several spans in one statement.

use std::ops::Bound;

use base::Id;

use crate::fixtures::{aged, append, entry, insert};
use crate::{Case, Entry, Room, User};
use store::{Query, Seq};

/// Returns a query for the records of a room between two sequence numbers, both included.
fn between(room: Id<Room>, from: i64, to: i64) -> Query<Entry> {
    let from = Bound::Included(Seq::At(from));
    let to = Bound::Included(Seq::At(to));
    Entry::by_seq
        .eq(Entry::room, room)
        .between(Entry::seq, from, to)
}

/// Checks that every span returns its documents, whatever the other spans contain, up to the limit
/// of all spans together.
pub async fn documents_of_many_spans(case: &Case<'_>) {
    let tenant = case.tenant();
    let rooms: Vec<Id<Room>> = (0..3).map(|_| tenant.context().new_id()).collect();
    for room in &rooms {
        for number in 1..=5 {
            append(&tenant, entry(*room, format!("{number}")))
                .await
                .unwrap();
        }
    }
    let spans = || {
        vec![
            between(rooms[0], 2, 3),
            between(rooms[1], 6, 9),
            between(rooms[2], 5, 9),
        ]
    };
    let found = tenant.list_each(spans(), 100).await.unwrap();
    let mut found: Vec<_> = found
        .iter()
        .map(|record| (record.room == rooms[0], record.text.clone()))
        .collect();
    found.sort_unstable();
    assert_eq!(
        found,
        [
            (false, "5".to_owned()),
            (true, "2".to_owned()),
            (true, "3".to_owned())
        ]
    );
    assert_eq!(tenant.list_each(spans(), 2).await.unwrap().len(), 2);
    assert!(
        tenant
            .list_each(Vec::<Query<Entry>>::new(), 2)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        case.stranger()
            .list_each(spans(), 100)
            .await
            .unwrap()
            .is_empty()
    );
}

/// Checks spans of every form, one of them within another.
pub async fn a_document_of_two_spans_comes_once(case: &Case<'_>) {
    let tenant = case.tenant();
    for age in 1..=4 {
        insert(&tenant, aged("red", age)).await;
    }
    let red = || User::by_team.eq(User::team, "red".to_owned());
    let spans = vec![
        red().above(User::age, 3),
        red().one_of(User::age, [1, 4]),
        red().below(User::age, 2),
    ];
    let mut found: Vec<_> = tenant
        .list_each(spans, 100)
        .await
        .unwrap()
        .iter()
        .map(|person| person.age)
        .collect();
    found.sort_unstable();
    assert_eq!(found, [Some(1), Some(4)]);
}

/// Checks that the engine reads once, however many spans there are.
pub async fn many_spans_are_one_list(case: &Case<'_>) {
    let tenant = case.tenant();
    let room = tenant.context().new_id();
    for number in 1..=5 {
        append(&tenant, entry(room, format!("{number}")))
            .await
            .unwrap();
    }
    let reads = || case.world.store.stats().reads.get();
    for spans in [1, 10, 1_000] {
        let before = reads();
        let wanted = (1..=spans)
            .map(|number| between(room, number, number))
            .collect();
        let found = tenant.list_each(wanted, 1_000).await.unwrap();
        assert_eq!(
            (found.len(), reads() - before),
            (spans.min(5).try_into().unwrap(), 1),
            "{spans} spans"
        );
    }
}
