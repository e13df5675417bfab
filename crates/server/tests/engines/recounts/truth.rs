use std::collections::{BTreeMap, BTreeSet};

use base::{Direction, PageSize, Timestamp, limit};
use domain::analytics::{
    Counts, Event, EventFilter, Granularity, TimeRange, count, list, list_metrics,
};
use store::{Entity, TenantStore};

/// The expected counts of a bucket.
#[derive(Debug, Default, PartialEq)]
struct Truth {
    categories: BTreeMap<String, i64>,
    names: BTreeMap<String, i64>,
    users: usize,
}

/// Compares every bucket, and the counts of ranges, with the events.
pub async fn assert_counted(tenant: &TenantStore, now: Timestamp) {
    let to = now.plus_millis(limit::signed(limit::CLOCK_SKEW_SECONDS) * 1_000);
    let span = TimeRange::new(
        to.plus_millis(-limit::signed(limit::EVENT_SECONDS) * 1_000),
        to,
    )
    .unwrap();
    let events = all(tenant, span).await;
    assert!(events.len() > 50, "there are events to count");
    for granularity in [Granularity::Hour, Granularity::Day, Granularity::Month] {
        assert_eq!(
            counted(tenant, granularity, span).await,
            truth(&events, granularity),
            "{granularity}"
        );
    }
    for hours in [1, 30, 24 * 9 + 5, 24 * 60] {
        let from = now.plus_millis(-hours * 60 * 60 * 1_000 - 17 * 60_000);
        let within = || {
            events
                .iter()
                .filter(|event| event.timestamp >= from && event.timestamp < to)
        };
        let counted = count(tenant, TimeRange::new(from, to).unwrap(), None)
            .await
            .unwrap();
        assert_eq!(
            counted.counts.names,
            by(within(), |event| event.name.clone()),
            "the last {hours} hours"
        );
        assert_eq!(counted.pending, 0);
        let user = events.iter().find_map(|event| event.user_id);
        let counted = count(tenant, TimeRange::new(from, to).unwrap(), user)
            .await
            .unwrap();
        let own = within().filter(|event| event.user_id == user);
        assert_eq!(
            counted.counts.categories,
            by(own, |event| event.category.to_string())
        );
    }
}

/// Compares the counts of one hour with its events.
pub async fn assert_hour(tenant: &TenantStore, hour: Timestamp, step: usize) {
    let span = TimeRange {
        from: hour,
        to: Granularity::Hour.around(hour).end(),
    };
    let events = all(tenant, span).await;
    assert_eq!(
        counted(tenant, Granularity::Hour, span).await,
        truth(&events, Granularity::Hour),
        "step {step}"
    );
}

async fn all(tenant: &TenantStore, span: TimeRange) -> Vec<Entity<Event>> {
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let page = list(
            tenant,
            &EventFilter::All,
            span,
            PageSize::MAX,
            Direction::Forward,
            after,
        )
        .await
        .unwrap();
        all.extend(page.items);
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
}

async fn counted(
    tenant: &TenantStore,
    granularity: Granularity,
    span: TimeRange,
) -> BTreeMap<Timestamp, Truth> {
    // A bucket that begins before the range may have events within it.
    let span = TimeRange {
        from: granularity.around(span.from).starts_at,
        ..span
    };
    let mut all = BTreeMap::new();
    let mut after = None;
    loop {
        let page = list_metrics(
            tenant,
            granularity,
            span,
            PageSize::MAX,
            Direction::Forward,
            after,
        )
        .await
        .unwrap();
        for metric in &page.items {
            let Counts {
                categories,
                names,
                whole,
            } = Counts::stored(metric).unwrap();
            assert!(whole);
            assert_eq!(metric.events, categories.values().sum::<i64>());
            all.insert(
                metric.starts_at,
                Truth {
                    categories,
                    names,
                    users: usize::try_from(metric.users).unwrap(),
                },
            );
        }
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
}

fn truth(events: &[Entity<Event>], granularity: Granularity) -> BTreeMap<Timestamp, Truth> {
    let mut buckets: BTreeMap<Timestamp, Vec<&Entity<Event>>> = BTreeMap::new();
    for event in events {
        buckets
            .entry(granularity.around(event.timestamp).starts_at)
            .or_default()
            .push(event);
    }
    let of = |events: Vec<&Entity<Event>>| Truth {
        categories: by(events.iter().copied(), |event| event.category.to_string()),
        names: by(events.iter().copied(), |event| event.name.clone()),
        users: events
            .iter()
            .filter_map(|event| event.user_id)
            .collect::<BTreeSet<_>>()
            .len(),
    };
    buckets
        .into_iter()
        .map(|(starts_at, events)| (starts_at, of(events)))
        .collect()
}

fn by<'a>(
    events: impl Iterator<Item = &'a Entity<Event>>,
    key: impl Fn(&Event) -> String,
) -> BTreeMap<String, i64> {
    let mut counts = BTreeMap::new();
    events.for_each(|event| *counts.entry(key(event)).or_default() += 1);
    counts
}
