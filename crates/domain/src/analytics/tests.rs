//! Ingest, recount and listing of events.

use std::collections::BTreeMap;

use base::{Direction, ErrorCode, PageSize, Timestamp, limit};
use store::{Store, TenantStore};

use super::*;
use crate::Actor;
use crate::world::{World, due, ext, person};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

fn event(id: &str, name: &str, category: Category, timestamp: Timestamp) -> NewEvent {
    let user = None;
    let app_id = None;
    let session_id = None;
    let data = None;
    let event_id = id.to_owned();
    let name = name.to_owned();
    let timestamp = Some(timestamp);
    NewEvent {
        event_id,
        name,
        category,
        user,
        app_id,
        session_id,
        timestamp,
        data,
    }
}

/// Runs recounts until none is due.
async fn recount_all(world: &World, tenant: &TenantStore) {
    loop {
        world
            .clock
            .advance(limit::signed(limit::RECOUNT_SECONDS) * 1_000);
        let marks = due::<Recount>(&world.store).await;
        if marks.is_empty() {
            return;
        }
        for mark in marks {
            recount(tenant, mark).await.unwrap();
        }
    }
}

async fn bucket(tenant: &TenantStore, granularity: Granularity, around: Timestamp) -> (i64, i64) {
    let bucket = granularity.around(around);
    let range = TimeRange {
        from: bucket.starts_at,
        to: bucket.end(),
    };
    let page = list_metrics(
        tenant,
        granularity,
        range,
        PageSize::MAX,
        Direction::Forward,
        None,
    );
    page.await
        .unwrap()
        .items
        .first()
        .map_or((0, 0), |metric| (metric.events, metric.users))
}

async fn names(
    tenant: &TenantStore,
    from: Timestamp,
    to: Timestamp,
) -> (BTreeMap<String, i64>, usize) {
    let counted = count(tenant, TimeRange::new(from, to).unwrap(), None)
        .await
        .unwrap();
    (counted.counts.names, counted.pending)
}

fn reads(store: &Store) -> u64 {
    store.stats().reads.get()
}

#[tokio::test]
async fn repeated_event_is_stored_once() {
    let world = World::new();
    let acme = world.company("Acme").await.tenant;
    let ingest = EventIngest::default();
    let now = acme.context().now();
    let batch = || {
        (0..500)
            .map(|at| event(&format!("e{}", at % 400), "view", Category::Engagement, now))
            .collect()
    };
    let result = ingest.ingest(&acme, Actor::Server, batch()).await.unwrap();
    assert_eq!(
        result,
        IngestResult {
            new: 400,
            known: 100
        }
    );
    assert_eq!(
        ingest.ingest(&acme, Actor::Server, batch()).await.unwrap(),
        IngestResult { new: 0, known: 500 }
    );
    recount_all(&world, &acme).await;
    assert_eq!(bucket(&acme, Granularity::Hour, now).await, (400, 0));
}

#[tokio::test]
async fn event_ids_are_scoped_to_their_source() {
    let world = World::new();
    let acme = world.company("Acme").await.tenant;
    let ingest = EventIngest::default();
    let now = acme.context().now();
    let ada = Actor::User(person(&acme, "ada").await);
    let bob = Actor::User(person(&acme, "bob").await);
    for new in [1, 0] {
        for source in [ada, bob, Actor::Server] {
            let event = event("1", "view", Category::Engagement, now);
            let result = ingest.ingest(&acme, source, vec![event]).await.unwrap();
            assert_eq!(
                result,
                IngestResult {
                    new,
                    known: 1 - new
                },
                "{source:?}"
            );
        }
    }
    recount_all(&world, &acme).await;
    assert_eq!(bucket(&acme, Granularity::Hour, now).await, (3, 2));
}

#[tokio::test]
async fn invalid_event_rejects_the_batch_and_is_named() {
    let world = World::new();
    let acme = world.company("Acme").await.tenant;
    let ingest = EventIngest::default();
    let now = acme.context().now();
    let good = event("a", "view", Category::Custom, now);
    let user = NewEvent {
        user: Some(ext("missing")),
        ..good.clone()
    };
    let late = event(
        "b",
        "view",
        Category::Custom,
        now.plus_millis(-limit::signed(limit::EVENT_SECONDS) * 1_000 - 1),
    );
    for (wrong, code, pointer) in [
        (user, ErrorCode::UserNotFound, "/1/user_id"),
        (late, ErrorCode::InvalidRequest, "/1/timestamp"),
    ] {
        let failure = ingest
            .ingest(&acme, Actor::Server, vec![good.clone(), wrong])
            .await
            .unwrap_err();
        assert_eq!((failure.code, &*failure.faults[0].pointer), (code, pointer));
    }
    person(&acme, "ada").await;
    let bob = Actor::User(person(&acme, "bob").await);
    let anothers = NewEvent {
        user: Some(ext("ada")),
        ..good
    };
    assert_eq!(
        ingest
            .ingest(&acme, bob, vec![anothers])
            .await
            .unwrap_err()
            .code,
        ErrorCode::Forbidden
    );
    let range = TimeRange::new(now.plus_millis(-DAY), now.plus_millis(DAY)).unwrap();
    let size = PageSize::MAX;
    let page = list(
        &acme,
        &EventFilter::All,
        range,
        size,
        Direction::Backward,
        None,
    )
    .await
    .unwrap();
    assert!(page.items.is_empty());
}

#[tokio::test]
async fn tenant_over_its_share_is_rejected_and_others_are_not() {
    let world = World::new();
    let acme = world.company("Acme").await.tenant;
    let umbrella = world.company("Umbrella").await.tenant;
    let ingest = EventIngest::default();
    let now = acme.context().now();
    let batch = |at: usize| {
        (0..limit::EVENT_BATCH)
            .map(move |n| event(&format!("{at}.{n}"), "view", Category::Custom, now))
            .collect()
    };
    let tenants = (0..10).map(|at| if at < 7 { &acme } else { &umbrella });
    let requests = tenants
        .enumerate()
        .map(|(at, tenant)| ingest.ingest(tenant, Actor::Server, batch(at)));
    let answers = futures_util::future::join_all(requests).await;
    let (noisy, quiet) = answers.split_at(7);
    assert_eq!(
        quiet
            .iter()
            .filter_map(|answer| answer.as_ref().ok())
            .map(|result| result.new)
            .sum::<usize>(),
        3_000
    );
    let rejected: Vec<_> = noisy
        .iter()
        .filter_map(|answer| answer.as_ref().err())
        .collect();
    assert_eq!(
        rejected.len(),
        7 - limit::TENANT_EVENTS_WAITING / limit::EVENT_BATCH
    );
    assert!(
        rejected
            .iter()
            .all(|failure| failure.code == ErrorCode::RateLimited
                && failure.retry_after_ms.is_some())
    );
    assert_eq!(ingest.counters().refused.get(), 3_000);
    assert_eq!(
        ingest
            .ingest(&acme, Actor::Server, batch(99))
            .await
            .unwrap()
            .new,
        limit::EVENT_BATCH
    );
}

#[tokio::test]
async fn unique_users_are_exact_by_day_and_month() {
    let world = World::new();
    let acme = world.company("Acme").await.tenant;
    let ingest = EventIngest::default();
    let now = acme.context().now();
    let users = [
        person(&acme, "ada").await,
        person(&acme, "bob").await,
        person(&acme, "cy").await,
    ];
    for (at, (who, when)) in [
        (0, now),
        (0, now.plus_millis(-HOUR)),
        (1, now),
        (2, now.plus_millis(-DAY)),
        (0, now.plus_millis(-DAY)),
    ]
    .into_iter()
    .enumerate()
    {
        let event = event(&at.to_string(), "view", Category::Engagement, when);
        assert_eq!(
            ingest
                .ingest(&acme, Actor::User(users[who]), vec![event])
                .await
                .unwrap()
                .new,
            1
        );
    }
    recount_all(&world, &acme).await;
    assert_eq!(bucket(&acme, Granularity::Day, now).await, (3, 2));
    assert_eq!(
        bucket(&acme, Granularity::Day, now.plus_millis(-DAY)).await,
        (2, 2)
    );
    assert_eq!(bucket(&acme, Granularity::Month, now).await, (5, 3));
    let ada = count(
        &acme,
        TimeRange::new(now.plus_millis(-2 * DAY), now.plus_millis(1)).unwrap(),
        Some(users[0]),
    )
    .await
    .unwrap();
    assert_eq!(ada.counts.events(), 3);
}

#[tokio::test]
async fn late_event_updates_the_counts() {
    let world = World::new();
    let acme = world.company("Acme").await.tenant;
    let ingest = EventIngest::default();
    let now = acme.context().now();
    let old = now.plus_millis(-40 * DAY);
    ingest
        .ingest(
            &acme,
            Actor::Server,
            vec![event("a", "view", Category::Custom, old)],
        )
        .await
        .unwrap();
    recount_all(&world, &acme).await;
    assert_eq!(bucket(&acme, Granularity::Month, old).await, (1, 0));
    ingest
        .ingest(
            &acme,
            Actor::Server,
            vec![event("b", "view", Category::Error, old)],
        )
        .await
        .unwrap();
    assert_eq!(
        names(&acme, old.plus_millis(-DAY), now).await.1,
        1,
        "the pending recount is reported"
    );
    recount_all(&world, &acme).await;
    assert_eq!(bucket(&acme, Granularity::Month, old).await, (2, 0));
    assert_eq!(
        names(&acme, old.plus_millis(-DAY), now).await,
        (BTreeMap::from([("view".to_owned(), 2)]), 0)
    );
}

#[tokio::test]
async fn count_of_a_year_needs_as_few_reads_as_a_week() {
    let world = World::new();
    let acme = world.company("Acme").await.tenant;
    let ingest = EventIngest::default();
    let now = acme.context().now();
    for month in 0..12 {
        let events = (0..100).map(|at| {
            let timestamp = now.plus_millis(-month * 30 * DAY - at * HOUR);
            event(
                &format!("{month}.{at}"),
                "view",
                Category::Custom,
                timestamp,
            )
        });
        ingest
            .ingest(&acme, Actor::Server, events.collect())
            .await
            .unwrap();
    }
    recount_all(&world, &acme).await;
    let counted = async |days: i64| {
        let before = reads(&world.store);
        let counted = names(&acme, now.plus_millis(-days * DAY), now.plus_millis(1)).await;
        (counted.0["view"], reads(&world.store) - before)
    };
    let week = counted(7).await;
    let year = counted(390).await;
    assert_eq!((week.0, year.0), (100, 1_200));
    assert_eq!(
        week.1, year.1,
        "a page of days covers a year of this tenant"
    );
}

#[tokio::test]
async fn counts_are_separate_per_tenant() {
    let world = World::new();
    let acme = world.company("Acme").await.tenant;
    let umbrella = world.company("Umbrella").await.tenant;
    let ingest = EventIngest::default();
    let now = acme.context().now();
    for (tenant, events) in [(&acme, 2), (&umbrella, 3)] {
        let events = (0..events)
            .map(|at| event(&at.to_string(), "view", Category::Custom, now))
            .collect();
        ingest.ingest(tenant, Actor::Server, events).await.unwrap();
        recount_all(&world, tenant).await;
    }
    assert_eq!(bucket(&acme, Granularity::Day, now).await.0, 2);
    assert_eq!(bucket(&umbrella, Granularity::Day, now).await.0, 3);
}
