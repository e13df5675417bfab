use std::ops::Bound;

use base::{Error, Id, Result, Timestamp, limit};
use store::{Query, TenantStore};

use super::collections::{Category, Event, Granularity, Recount};
use super::counts::Counts;
use crate::users::User;

/// Events of a range of time, counted.
#[derive(Clone, Debug)]
pub struct Counted {
    /// By category and by name.
    pub counts: Counts,
    /// Buckets of the range that wait to be counted anew: the counts may still
    /// change although no more events come.
    pub pending: usize,
}

/// A range of time: from the first moment, up to but without the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first moment.
    pub from: Timestamp,
    /// The first moment behind it.
    pub to: Timestamp,
}

impl Span {
    /// A range of at most [`limit::EVENT_SECONDS`].
    ///
    /// # Errors
    /// 400 when it is empty or longer.
    pub fn new(from: Timestamp, to: Timestamp) -> Result<Self> {
        let most = limit::signed(limit::EVENT_SECONDS) * 1_000;
        if from >= to || to.millis() - from.millis() > most {
            let days = limit::EVENT_SECONDS / 86_400;
            return Err(Error::invalid(
                "to",
                format!("Expected a time up to {days} days after `from`."),
            ));
        }
        Ok(Self { from, to })
    }

    pub(super) const fn bounds(self) -> (Bound<Timestamp>, Bound<Timestamp>) {
        (Bound::Included(self.from), Bound::Excluded(self.to))
    }
}

/// Counts the events of a range: of one user from the user's own events, of
/// all from the counted days and hours in it, and from events only within the
/// hours at its two ends.
///
/// # Errors
/// 503 when the store cannot answer.
pub async fn count(tenant: &TenantStore, span: Span, user: Option<Id<User>>) -> Result<Counted> {
    if let Some(user) = user {
        let (from, to) = span.bounds();
        let events = || {
            Event::by_user
                .eq(Event::user_id, user)
                .between(Event::timestamp, from, to)
        };
        return Ok(Counted {
            counts: tallied(tenant, events).await?,
            pending: 0,
        });
    }
    let (first, last) = whole(Granularity::Hour, span.from, span.to);
    if first >= last {
        return Ok(Counted {
            counts: of_events(tenant, span.from, span.to).await?,
            pending: 0,
        });
    }
    let mut counts = of_events(tenant, span.from, first).await?;
    counts.add(of_events(tenant, last, span.to).await?);
    let (first_day, last_day) = whole(Granularity::Day, first, last);
    if first_day >= last_day {
        counts.add(of_buckets(tenant, Granularity::Hour, first, last).await?);
    } else {
        counts.add(of_buckets(tenant, Granularity::Hour, first, first_day).await?);
        counts.add(of_buckets(tenant, Granularity::Day, first_day, last_day).await?);
        counts.add(of_buckets(tenant, Granularity::Hour, last_day, last).await?);
    }
    let pending = pending(tenant, Granularity::Hour, first, last).await?
        + pending(tenant, Granularity::Day, first_day, last_day).await?;
    Ok(Counted { counts, pending })
}

/// The whole buckets of a range: from the first beginning to the last end.
fn whole(granularity: Granularity, from: Timestamp, to: Timestamp) -> (Timestamp, Timestamp) {
    (
        granularity.next_start(from),
        granularity.around(to).starts_at,
    )
}

async fn of_events(tenant: &TenantStore, from: Timestamp, to: Timestamp) -> Result<Counts> {
    if from >= to {
        return Ok(Counts::default());
    }
    let from = Bound::Included(from);
    let to = Bound::Excluded(to);
    tallied(tenant, || {
        Event::by_time.all().between(Event::timestamp, from, to)
    })
    .await
}

async fn tallied(tenant: &TenantStore, events: impl Fn() -> Query<Event>) -> Result<Counts> {
    let categories = tenant
        .tally(events(), Event::category, Category::ALL.len())
        .await?;
    let names = tenant
        .tally(events(), Event::name, limit::EVENT_NAMES)
        .await?;
    Ok(Counts::of(categories, names))
}

async fn of_buckets(
    tenant: &TenantStore,
    of: Granularity,
    from: Timestamp,
    to: Timestamp,
) -> Result<Counts> {
    let mut counts = Counts::default();
    if from >= to {
        return Ok(counts);
    }
    let mut after = None;
    loop {
        let page = tenant
            .list(of.metrics(from, to).limit(limit::PAGE).after(after))
            .await?;
        for metric in &page.items {
            counts.add(Counts::stored(metric)?);
        }
        after = page.next;
        if after.is_none() {
            return Ok(counts);
        }
    }
}

async fn pending(
    tenant: &TenantStore,
    of: Granularity,
    from: Timestamp,
    to: Timestamp,
) -> Result<usize> {
    if from >= to {
        return Ok(0);
    }
    let marks = Recount::by_bucket.eq(Recount::granularity, of);
    let marks = marks.between(
        Recount::starts_at,
        Bound::Included(from),
        Bound::Excluded(to),
    );
    Ok(tenant.count(marks, limit::PAGE).await?)
}
