//! Counts of documents.

use std::ops::Bound;

use crate::fixtures::{aged, append, entry, sent, write};
use crate::{Case, Entry, User};
use store::{CountFilter, Query, TenantStore};

fn of_team(team: usize) -> Query<User> {
    User::by_team.eq(User::team, format!("team {team}"))
}

/// Writes `n` people into team `n`.
async fn teams(tenant: &TenantStore, teams: usize) {
    let people = |batch: &mut store::Batch<_>| {
        for team in 0..teams {
            (0..team).for_each(|age| {
                drop(batch.insert(aged(&format!("team {team}"), age.try_into().unwrap())));
            });
        }
    };
    write(tenant, people).await.unwrap();
}

/// Checks that each count stops at the cap, and that counts are in the order of the queries.
pub async fn counting_stops_at_the_cap(case: &Case<'_>) {
    let tenant = case.tenant();
    teams(&tenant, 8).await;
    assert_eq!(tenant.count(of_team(7), 100).await.unwrap(), 7);
    assert_eq!(tenant.count(of_team(7), 5).await.unwrap(), 5);
    let questions = [6, 0, 3, 7, 3, 99].map(of_team).to_vec();
    assert_eq!(
        tenant
            .count_each(questions, 5, CountFilter::default())
            .await
            .unwrap(),
        [5, 0, 3, 5, 3, 0]
    );
    let older = [2, 5, 7]
        .map(|team| of_team(team).above(User::age, 1))
        .to_vec();
    assert_eq!(
        tenant
            .count_each(older, 4, CountFilter::default())
            .await
            .unwrap(),
        [0, 3, 4]
    );
    assert!(
        tenant
            .count_each::<User>(Vec::new(), 5, CountFilter::default())
            .await
            .unwrap()
            .is_empty()
    );
}

/// Checks a count of unread messages: shown, after the receipt, not from the reader, not deleted.
/// An absent sender is not the reader.
pub async fn residues_are_left_out(case: &Case<'_>) {
    let tenant = case.tenant();
    let room = tenant.context().new_id();
    let me = tenant.context().new_id();
    let other = tenant.context().new_id();
    for position in 0..4 {
        append(&tenant, sent(room, me, format!("mine {position}")))
            .await
            .unwrap();
        append(&tenant, sent(room, other, format!("other {position}")))
            .await
            .unwrap();
        append(&tenant, entry(room, "nobody's")).await.unwrap();
        append(
            &tenant,
            Entry {
                shown: false,
                ..entry(room, "hidden")
            },
        )
        .await
        .unwrap();
    }
    let unread = |seq| {
        let shown = Entry::by_shown.eq(Entry::room, room).eq(Entry::shown, true);
        shown.above(Entry::seq, store::Seq::At(seq))
    };
    let not_mine = || CountFilter::default().with(Entry::sender, me).deleted();
    assert_eq!(
        tenant
            .count_each(vec![unread(0), unread(8), unread(16)], 100, not_mine())
            .await
            .unwrap(),
        [8, 4, 0]
    );
    assert_eq!(
        tenant
            .count_each(vec![unread(0)], 100, CountFilter::default())
            .await
            .unwrap(),
        [12]
    );
    assert_eq!(
        tenant
            .count_each(vec![unread(0)], 3, not_mine())
            .await
            .unwrap(),
        [3]
    );
    let newest = tenant.find(unread(0).backward()).await.unwrap().unwrap();
    let wipe = store::Update::of(store::Changes::new()).deleting(None);
    write(&tenant, |batch| batch.update(newest.id, wipe))
        .await
        .unwrap();
    assert_eq!(
        tenant
            .count_each(vec![unread(0)], 100, not_mine())
            .await
            .unwrap(),
        [7]
    );
}

/// Checks spans that have no more documents than the cap next to a larger one. Some of the spans
/// are equal, some are empty.
pub async fn short_spans_are_counted_like_long_ones(case: &Case<'_>) {
    let tenant = case.tenant();
    let rooms = [tenant.context().new_id(), tenant.context().new_id()];
    let me = tenant.context().new_id();
    for number in 0..9 {
        for room in rooms {
            let record = if number % 3 == 0 {
                sent(room, me, format!("{number}"))
            } else {
                entry(room, "other")
            };
            append(&tenant, record).await.unwrap();
        }
    }
    let span = |place: usize, from: i64, to: i64| {
        let from = Bound::Excluded(store::Seq::At(from));
        let to = Bound::Included(store::Seq::At(to));
        Entry::by_seq
            .eq(Entry::room, rooms[place])
            .between(Entry::seq, from, to)
    };
    let spans = vec![
        span(0, 0, 4),
        span(1, 2, 6),
        span(0, 0, 4),
        span(1, 5, 5),
        span(0, 7, 3),
        span(1, 0, 9),
    ];
    let all = tenant
        .count_each(spans.clone(), 4, CountFilter::default())
        .await
        .unwrap();
    assert_eq!(all, [4, 4, 4, 0, 0, 4]);
    let not_mine = CountFilter::default().with(Entry::sender, me).deleted();
    assert_eq!(
        tenant.count_each(spans.clone(), 4, not_mine).await.unwrap(),
        [2, 3, 2, 0, 0, 4]
    );
    assert_eq!(
        case.stranger()
            .count_each(spans.clone(), 4, CountFilter::default())
            .await
            .unwrap(),
        [0; 6]
    );
    let fourth = tenant.find(span(0, 3, 4)).await.unwrap().unwrap();
    let wipe = store::Update::of(store::Changes::new()).deleting(None);
    write(&tenant, |batch| batch.update(fourth.id, wipe))
        .await
        .unwrap();
    let there = CountFilter::default().deleted();
    assert_eq!(
        tenant.count_each(spans, 4, there).await.unwrap(),
        [3, 4, 3, 0, 0, 4]
    );
    let shown = |place: usize, to: i64| {
        let shown = Entry::by_shown
            .eq(Entry::room, rooms[place])
            .eq(Entry::shown, true);
        shown.between(
            Entry::seq,
            Bound::Excluded(store::Seq::At(0)),
            Bound::Included(store::Seq::At(to)),
        )
    };
    let unread = tenant.count_each(
        vec![shown(0, 9), shown(1, 7), shown(0, 5)],
        9,
        CountFilter::default().deleted(),
    );
    assert_eq!(unread.await.unwrap(), [8, 7, 4]);
}

/// Checks that the engine reads once, however many spans of one form there are.
pub async fn many_spans_are_one_statement(case: &Case<'_>) {
    let tenant = case.tenant();
    teams(&tenant, 5).await;
    let reads = || case.world.store.stats().reads.get();
    let mut before = reads();
    for spans in [1, 10, 300] {
        let questions = (0..spans).map(of_team).collect();
        let counted = tenant
            .count_each(questions, 100, CountFilter::default())
            .await
            .unwrap();
        assert_eq!(
            counted.iter().sum::<usize>(),
            (0..spans.min(5)).sum::<usize>()
        );
        assert_eq!(reads() - before, 1, "{spans} spans");
        before = reads();
    }
}
