use std::collections::BTreeMap;
use std::ops::Bound;

use base::{Error, Id, Result, Timestamp, limit};
use serde::{Deserialize, Serialize};
use store::{Entity, GroupCount, JsonText, Query, TenantStore};

use super::collections::{Category, Event, Granularity, Metric, Recount};
use super::recount;
use crate::users::User;

/// Counts of the events of a time range.
#[derive(Clone, Debug)]
pub struct EventCounts {
    /// Events by category and by name.
    pub counts: Counts,
    /// Number of buckets in the range that wait for a recount. Until it is zero, the counts may
    /// change without new events.
    pub pending: usize,
}

/// A time range; `to` is exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeRange {
    /// Start, inclusive.
    pub from: Timestamp,
    /// End, exclusive.
    pub to: Timestamp,
}

impl TimeRange {
    /// Creates a range of at most [`limit::EVENT_SECONDS`].
    ///
    /// # Errors
    /// 400 if it is empty or longer.
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

/// Counts the events of a range. One user's events are counted directly. For all users, stored
/// counts of days and hours are summed, and events are read only for the partial hours at both
/// ends.
///
/// # Errors
/// 503 if the store is unavailable.
pub async fn count(
    tenant: &TenantStore,
    range: TimeRange,
    user: Option<Id<User>>,
) -> Result<EventCounts> {
    if let Some(user) = user {
        let (from, to) = range.bounds();
        let events = || {
            Event::by_user
                .eq(Event::user_id, user)
                .between(Event::timestamp, from, to)
        };
        return Ok(EventCounts {
            counts: tallied(tenant, events).await?,
            pending: 0,
        });
    }
    let (first, last) = complete_buckets(Granularity::Hour, range.from, range.to);
    if first >= last {
        return Ok(EventCounts {
            counts: of_events(tenant, range.from, range.to).await?,
            pending: 0,
        });
    }
    let mut counts = of_events(tenant, range.from, first).await?;
    counts.add(of_events(tenant, last, range.to).await?);
    let (first_day, last_day) = complete_buckets(Granularity::Day, first, last);
    if first_day >= last_day {
        counts.add(of_buckets(tenant, Granularity::Hour, first, last).await?);
    } else {
        counts.add(of_buckets(tenant, Granularity::Hour, first, first_day).await?);
        counts.add(of_buckets(tenant, Granularity::Day, first_day, last_day).await?);
        counts.add(of_buckets(tenant, Granularity::Hour, last_day, last).await?);
    }
    let pending = pending(tenant, Granularity::Hour, first, last).await?
        + pending(tenant, Granularity::Day, first_day, last_day).await?;
    Ok(EventCounts { counts, pending })
}

/// Returns the complete buckets of a range: from the first start to the last end.
fn complete_buckets(
    granularity: Granularity,
    from: Timestamp,
    to: Timestamp,
) -> (Timestamp, Timestamp) {
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

/// Counts of events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Number of events by category.
    pub categories: BTreeMap<String, i64>,
    /// Number of events by name: at most [`limit::EVENT_NAMES`] names, the most frequent ones.
    pub names: BTreeMap<String, i64>,
    /// Whether all names are included.
    #[serde(skip, default = "yes")]
    pub whole: bool,
}

const fn yes() -> bool {
    true
}

impl Default for Counts {
    fn default() -> Self {
        Self {
            categories: BTreeMap::new(),
            names: BTreeMap::new(),
            whole: true,
        }
    }
}

impl Counts {
    /// Returns the total number of events.
    #[must_use]
    pub fn events(&self) -> i64 {
        self.categories.values().sum()
    }

    pub(super) fn of(categories: GroupCount<Category>, names: GroupCount<String>) -> Self {
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let categories = categories
            .counts
            .into_iter()
            .filter_map(|(word, count)| Some((word?.to_string(), count)));
        let whole = names.whole;
        let names = names
            .counts
            .into_iter()
            .filter_map(|(name, count)| Some((name?, number(count))));
        Self {
            categories: categories
                .map(|(word, count)| (word, number(count)))
                .collect(),
            names: names.collect(),
            whole,
        }
    }

    /// Adds other counts, keeping the most frequent names.
    pub(super) fn add(&mut self, other: Self) {
        for (sums, counts) in [
            (&mut self.categories, other.categories),
            (&mut self.names, other.names),
        ] {
            counts
                .into_iter()
                .for_each(|(key, count)| *sums.entry(key).or_default() += count);
        }
        self.whole &= other.whole;
        if self.names.len() > limit::EVENT_NAMES {
            let mut names: Vec<_> = std::mem::take(&mut self.names).into_iter().collect();
            names.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
            names.truncate(limit::EVENT_NAMES);
            self.names = names.into_iter().collect();
            self.whole = false;
        }
    }

    pub(super) fn to_text(&self) -> Result<JsonText> {
        Ok(JsonText(
            serde_json::to_string(self).map_err(Error::internal)?.into(),
        ))
    }

    /// Parses the counts of a stored bucket.
    ///
    /// # Errors
    /// Fails if the stored text is invalid.
    pub fn stored(metric: &Entity<Metric>) -> Result<Self> {
        let counts: Self = serde_json::from_str(&metric.counts.0).map_err(Error::internal)?;
        Ok(Self {
            whole: metric.whole,
            ..counts
        })
    }
}

/// Recounts at most `most` buckets of one length that were marked in windows up to `until`, without
/// waiting for the job. Returns their number.
///
/// # Errors
/// See [`recount()`].
pub(crate) async fn count_marked(
    tenant: &TenantStore,
    granularity: Granularity,
    until: Timestamp,
    most: usize,
) -> Result<usize> {
    let mut marks = Vec::new();
    let mut after = None;
    loop {
        let marked = Recount::by_bucket.eq(Recount::granularity, granularity);
        let page = tenant.list(marked.limit(limit::PAGE).after(after)).await?;
        marks.extend(
            page.items
                .iter()
                .filter(|mark| mark.window <= until)
                .map(|mark| mark.id),
        );
        after = page.next;
        if after.is_none() || marks.len() >= most {
            break;
        }
    }
    marks.truncate(most);
    for mark in &marks {
        recount(tenant, *mark).await?;
    }
    Ok(marks.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_frequent_names_are_kept() {
        let mut counts = Counts::default();
        for at in 0..limit::EVENT_NAMES {
            counts.names.insert(format!("often {at}"), 2);
        }
        let rare = Counts {
            names: BTreeMap::from([("rare".to_owned(), 1)]),
            ..Counts::default()
        };
        counts.add(rare);
        assert_eq!(
            (counts.names.len(), counts.whole),
            (limit::EVENT_NAMES, false)
        );
        assert!(!counts.names.contains_key("rare"));
    }
}
