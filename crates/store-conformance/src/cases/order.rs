//! Index order, ranges and pages.

use std::ops::Bound::{Excluded, Included, Unbounded};

use base::{Direction, Timestamp};

use super::kinds::sample;
use crate::fixtures::{aged, all, person, write};
use crate::{Case, Sample, User};
use store::{Entity, FieldType, Index, Query, TenantStore};

/// Writes the teams red and blue. Returns the three red people without an age, in the order of
/// their ids.
async fn team(tenant: &TenantStore) -> Vec<Entity<User>> {
    let mut batch = tenant.batch();
    for age in [3, 1, 2, 2, 1, 3, -4] {
        batch.insert(aged("red", age));
        batch.insert(aged("blue", age));
    }
    let mut absent: Vec<_> = (0..3).map(|_| batch.insert(person("red"))).collect();
    tenant.commit(batch).await.unwrap();
    absent.sort_by_key(|person| person.id);
    absent
}

fn red() -> Query<User> {
    User::by_team.eq(User::team, "red".to_owned())
}

fn ages(people: &[Entity<User>]) -> Vec<Option<i64>> {
    people.iter().map(|person| person.doc.age).collect()
}

/// Checks the order in both directions.
pub async fn absent_comes_first_and_ties_go_by_id(case: &Case<'_>) {
    let tenant = case.tenant();
    let absent = team(&tenant).await;
    let forward = all(&tenant, red()).await;
    let ascending = [
        None,
        None,
        None,
        Some(-4),
        Some(1),
        Some(1),
        Some(2),
        Some(2),
        Some(3),
        Some(3),
    ];
    assert_eq!(ages(&forward), ascending);
    let ids = |people: &[Entity<User>]| people.iter().map(|person| person.id).collect::<Vec<_>>();
    assert_eq!(ids(&forward[..3]), ids(&absent));
    assert!(forward.is_sorted_by_key(|person| (person.doc.age, person.id)));
    let mut backward = all(&tenant, red().backward()).await;
    backward.reverse();
    assert_eq!(ids(&backward), ids(&forward));
}

/// Checks every page size and both directions, also with absent and equal values.
pub async fn pages_join_to_the_whole_list(case: &Case<'_>) {
    let tenant = case.tenant();
    team(&tenant).await;
    for direction in [Direction::Forward, Direction::Backward] {
        for query in [
            red(),
            User::by_age.all(),
            User::by_team.all(),
            red().above(User::age, 0),
        ] {
            let query = query.towards(direction);
            let whole = all(&tenant, query.clone()).await;
            for size in 1..=4 {
                let joined = joined(&tenant, query.clone().limit(size)).await;
                let ids = |people: &[Entity<User>]| {
                    people.iter().map(|person| person.id).collect::<Vec<_>>()
                };
                assert_eq!(ids(&joined), ids(&whole), "{size} a page, {direction:?}");
            }
        }
    }
}

async fn joined(tenant: &TenantStore, query: Query<User>) -> Vec<Entity<User>> {
    let mut joined = Vec::new();
    let mut next = None;
    loop {
        let page = tenant.list(query.clone().after(next)).await.unwrap();
        joined.extend(page.items);
        next = page.next;
        if next.is_none() {
            return joined;
        }
    }
}

/// Checks the bounds of ranges. An absent value is outside of every range.
pub async fn ranges_keep_their_bounds(case: &Case<'_>) {
    let tenant = case.tenant();
    team(&tenant).await;
    let found = async |from, to| {
        let mut found = ages(&all(&tenant, red().between(User::age, from, to)).await);
        found.dedup();
        found.into_iter().map(Option::unwrap).collect::<Vec<_>>()
    };
    assert_eq!(found(Included(1), Included(2)).await, [1, 2]);
    assert_eq!(found(Excluded(1), Included(3)).await, [2, 3]);
    assert_eq!(found(Included(1), Excluded(3)).await, [1, 2]);
    assert_eq!(found(Unbounded, Excluded(2)).await, [-4, 1]);
    assert_eq!(found(Excluded(1), Unbounded).await, [2, 3]);
    assert_eq!(found(Unbounded, Unbounded).await, [-4, 1, 2, 3]);
    assert_eq!(found(Excluded(2), Excluded(2)).await, [0_i64; 0]);
    assert_eq!(
        ages(&all(&tenant, red().below(User::age, -3)).await),
        [Some(-4)]
    );
    assert_eq!(
        tenant.count(red().above(User::age, 1), 100).await.unwrap(),
        4
    );
}

/// Checks that each document is returned once, in index order, whatever the order of the values.
pub async fn one_of_several_values(case: &Case<'_>) {
    let tenant = case.tenant();
    team(&tenant).await;
    let some = all(&tenant, red().one_of(User::age, [3, -4, 99, 3])).await;
    assert_eq!(ages(&some), [Some(-4), Some(3), Some(3)]);
    assert!(all(&tenant, red().one_of(User::age, [])).await.is_empty());
    let teams = User::by_team
        .all()
        .one_of(User::team, ["red".to_owned(), "green".to_owned()]);
    assert_eq!(all(&tenant, teams).await.len(), 10);
    assert_eq!(
        tenant
            .count(red().one_of(User::age, [1, 2]), 3)
            .await
            .unwrap(),
        3
    );
}

/// Checks that text is ordered by its bytes, numbers by their value, and false before true.
pub async fn every_kind_has_its_order(case: &Case<'_>) {
    let tenant = case.tenant();
    let plain = || sample(tenant.context());
    sorted(
        &tenant,
        Sample::by_flag,
        Sample::flag,
        [false, true],
        |flag| Sample { flag, ..plain() },
    )
    .await;
    sorted(
        &tenant,
        Sample::by_int,
        Sample::int,
        [i64::MIN, -1, 0, 9, 10, i64::MAX],
        |int| Sample { int, ..plain() },
    )
    .await;
    sorted(
        &tenant,
        Sample::by_float,
        Sample::float,
        [-1e9, -0.5, 0.0, 0.25, 3.0, 1e300],
        |float| Sample { float, ..plain() },
    )
    .await;
    let texts = [
        "", "A", "B", "Z", "a", "aa", "ab", "z", "ä", "\u{ffff}", "😀",
    ]
    .map(str::to_owned);
    sorted(&tenant, Sample::by_text, Sample::text, texts, |text| {
        Sample { text, ..plain() }
    })
    .await;
    let times = [0, 1, 999, 1_769_860_800_000].map(Timestamp::from_millis);
    sorted(&tenant, Sample::by_time, Sample::time, times, |time| {
        Sample { time, ..plain() }
    })
    .await;
    let ids = [[0; 12], [1; 12], [0x7f; 12], [0x80; 12], [0xff; 12]].map(base::ObjectId);
    sorted(
        &tenant,
        Sample::by_reference,
        Sample::reference,
        ids,
        |reference| Sample {
            reference,
            ..plain()
        },
    )
    .await;
}

/// Writes a document for each value and checks that reads return them in ascending order.
async fn sorted<T: FieldType + Clone + PartialEq + std::fmt::Debug, const N: usize>(
    tenant: &TenantStore,
    index: Index<Sample>,
    column: store::Column<Sample, T>,
    ascending: [T; N],
    make: impl Fn(T) -> Sample,
) {
    let made = write(tenant, |batch| {
        ascending.clone().map(|value| batch.insert(make(value)))
    })
    .await
    .unwrap();
    let mine: Vec<_> = made.iter().map(|sample| sample.id).collect();
    let read = all(tenant, index.all()).await;
    let read: Vec<T> = read
        .iter()
        .filter(|sample| mine.contains(&sample.id))
        .filter_map(|sample| sample.to_row().read(column))
        .collect();
    assert_eq!(read, ascending);
    let first = ascending[0].clone();
    let above = all(tenant, index.all().above(column, first)).await;
    assert_eq!(
        above
            .iter()
            .filter(|sample| mine.contains(&sample.id))
            .count(),
        N - 1
    );
}
