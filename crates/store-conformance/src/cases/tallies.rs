//! Counts by the values of a field.

use std::ops::Bound;

use base::Id;

use crate::fixtures::{aged, write};
use crate::{Case, User, Visit};
use store::{Changes, GroupCount, TenantAnalytics, TenantStore, Update};

type Visits = store::Batch<TenantAnalytics>;

async fn visits(tenant: &TenantStore, add: impl FnOnce(&mut Visits)) {
    let mut batch = tenant.batch_with::<Visit>();
    add(&mut batch);
    tenant.commit(batch).await.unwrap();
}

fn visit(page: &str, minute: i64, person: Option<Id<User>>) -> Visit {
    Visit {
        page: page.to_owned(),
        minute,
        person,
    }
}

fn sorted<T: Ord>(tally: GroupCount<T>) -> Vec<(Option<T>, usize)> {
    let mut counts = tally.counts;
    counts.sort();
    counts
}

fn text(word: &str) -> String {
    word.to_owned()
}

/// Checks counts within the range, with absent as a separate value, limited to this tenant. The
/// documents are in a database that does not belong to the tenant.
pub async fn each_value_is_counted(case: &Case<'_>) {
    let tenant = case.tenant();
    let ada = case.tenant().context().new_id();
    for (page, minute, person) in [
        ("a", 1, None),
        ("b", 2, Some(ada)),
        ("a", 3, Some(ada)),
        ("b", 4, None),
        ("a", 5, None),
        ("c", 6, None),
    ] {
        visits(&tenant, |batch| {
            drop(batch.insert(visit(page, minute, person)));
        })
        .await;
    }
    visits(&case.stranger(), |batch| {
        drop(batch.insert(visit("a", 3, Some(ada))));
    })
    .await;
    let range = || {
        Visit::by_minute
            .all()
            .between(Visit::minute, Bound::Included(2), Bound::Excluded(6))
    };
    let pages = tenant.tally(range(), Visit::page, 10).await.unwrap();
    assert!(pages.whole);
    assert_eq!(sorted(pages), [(Some(text("a")), 2), (Some(text("b")), 2)]);
    assert_eq!(
        sorted(tenant.tally(range(), Visit::person, 10).await.unwrap()),
        [(None, 2), (Some(ada), 2)]
    );
    let minutes = tenant
        .tally(Visit::by_page.eq(Visit::page, text("a")), Visit::minute, 10)
        .await
        .unwrap();
    assert_eq!(sorted(minutes), [(Some(1), 1), (Some(3), 1), (Some(5), 1)]);
    assert!(
        tenant
            .tally(Visit::by_page.all(), Visit::person, 10)
            .await
            .is_err(),
        "no field of the index"
    );
}

/// Checks that the most frequent values are returned. Equal counts are ordered by value, absent
/// first. The result states whether it is complete.
pub async fn groups_end_at_their_number(case: &Case<'_>) {
    let tenant = case.tenant();
    let ada = case.tenant().context().new_id();
    for (minute, page) in ["d", "b", "a", "c", "d", "c", "e", "d"]
        .into_iter()
        .enumerate()
    {
        let minute = i64::try_from(minute).unwrap();
        visits(&tenant, |batch| {
            drop(batch.insert(visit(page, minute, (minute % 2 == 0).then_some(ada))));
        })
        .await;
    }
    let pages = async |groups| {
        let tally = tenant
            .tally(Visit::by_minute.all(), Visit::page, groups)
            .await
            .unwrap();
        (
            tally
                .counts
                .into_iter()
                .map(|(page, count)| (page.unwrap(), count))
                .collect::<Vec<_>>(),
            tally.whole,
        )
    };
    let all =
        [("d", 3), ("c", 2), ("a", 1), ("b", 1), ("e", 1)].map(|(page, count)| (text(page), count));
    for groups in 1..=5 {
        assert_eq!(pages(groups).await, (all[..groups].to_vec(), groups == 5));
    }
    let people = tenant
        .tally(Visit::by_minute.all(), Visit::person, 1)
        .await
        .unwrap();
    assert_eq!((people.counts, people.whole), (vec![(None, 4)], false));
}

/// Checks that deleted documents are not counted, and that no documents give no values.
pub async fn what_is_out_of_sight_is_not_counted(case: &Case<'_>) {
    let tenant = case.tenant();
    let of_team = || User::by_team.eq(User::team, "team".to_owned());
    assert!(
        tenant
            .tally(of_team(), User::age, 10)
            .await
            .unwrap()
            .counts
            .is_empty()
    );
    let mut people = Vec::new();
    write(&tenant, |batch| {
        people.extend((0..3).map(|at| batch.insert(aged("team", at / 2))));
    })
    .await
    .unwrap();
    write(&tenant, |batch| {
        batch.update(people[0].id, Update::of(Changes::new()).deleting(None));
    })
    .await
    .unwrap();
    assert_eq!(
        sorted(tenant.tally(of_team(), User::age, 10).await.unwrap()),
        [(Some(0), 1), (Some(1), 1)]
    );
}
