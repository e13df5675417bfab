use std::ops::Bound;

use base::{Timestamp, limit};
use store::{Batch, Query, TenantAnalytics};

use super::collections::{Event, Granularity, Metric, Recount};

const HOUR: i64 = 60 * 60 * 1_000;
const DAY: i64 = 24 * HOUR;

/// An hour, day or month in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bucket {
    /// Length of the bucket.
    pub granularity: Granularity,
    /// Start of the bucket.
    pub starts_at: Timestamp,
}

impl Granularity {
    /// Returns the bucket that contains a time.
    #[must_use]
    pub fn around(self, moment: Timestamp) -> Bucket {
        let starts_at = match self {
            Self::Hour => moment.floor_to(HOUR),
            Self::Day => moment.floor_to(DAY),
            Self::Month => moment.start_of_month(),
        };
        Bucket {
            granularity: self,
            starts_at,
        }
    }

    /// Returns the first start of a bucket that is not before a time.
    pub(super) fn next_start(self, moment: Timestamp) -> Timestamp {
        let around = self.around(moment);
        if around.starts_at == moment {
            moment
        } else {
            around.end()
        }
    }

    /// Returns the granularity that a bucket is summed from, or `None` for an hour, which is
    /// counted from events.
    pub(super) const fn finer(self) -> Option<Self> {
        match self {
            Self::Hour => None,
            Self::Day => Some(Self::Hour),
            Self::Month => Some(Self::Day),
        }
    }

    const fn enclosing(self) -> Option<Self> {
        match self {
            Self::Hour => Some(Self::Day),
            Self::Day => Some(Self::Month),
            Self::Month => None,
        }
    }

    /// Selects the stored counts of the buckets that start in a time range.
    pub(super) fn metrics(self, from: Timestamp, to: Timestamp) -> Query<Metric> {
        let of = Metric::by_bucket.eq(Metric::granularity, self);
        of.between(
            Metric::starts_at,
            Bound::Included(from),
            Bound::Excluded(to),
        )
    }
}

impl Bucket {
    /// Returns the end of the bucket, exclusive.
    #[must_use]
    pub fn end(self) -> Timestamp {
        match self.granularity {
            Granularity::Hour => self.starts_at.plus_millis(HOUR),
            Granularity::Day => self.starts_at.plus_millis(DAY),
            Granularity::Month => self.starts_at.start_of_next_month(),
        }
    }

    /// Returns the time from which the bucket cannot be counted again, since its sources expire:
    /// for an hour the expiry of its first event, for a longer bucket 400 days after its end. An
    /// event that can still change an hour can thus also change the day and the month.
    pub(super) fn countable_until(self) -> Timestamp {
        let from = if self.granularity == Granularity::Hour {
            self.starts_at
        } else {
            self.end()
        };
        forgotten_at(from)
    }

    /// Returns whether all sources of the bucket still exist, allowing for a database server whose
    /// clock is ahead.
    pub(super) fn is_countable(self, now: Timestamp) -> bool {
        now.plus_millis(limit::signed(limit::CLOCK_SKEW_SECONDS) * 1_000) < self.countable_until()
    }

    /// Returns when the stored counts expire: for an hour, when its day cannot be counted again.
    pub(super) fn expires_at(self) -> Option<Timestamp> {
        let hour = self.granularity == Granularity::Hour;
        hour.then(|| Granularity::Day.around(self.starts_at).countable_until())
    }

    /// Returns the longer bucket that contains this one.
    pub(super) fn enclosing(self) -> Option<Self> {
        Some(self.granularity.enclosing()?.around(self.starts_at))
    }

    /// Selects the events of the bucket.
    pub(super) fn events(self) -> Query<Event> {
        Event::by_time.all().between(
            Event::timestamp,
            Bound::Included(self.starts_at),
            Bound::Excluded(self.end()),
        )
    }

    /// Adds a recount marker for the bucket to the batch that changes its counts.
    ///
    /// Markers of one window share a document. Each marker raises its version, so that a recount
    /// that began earlier does not remove it. Markers of a later window do not delay those of an
    /// earlier one.
    pub(super) fn mark(self, batch: &mut Batch<TenantAnalytics>) {
        let Self {
            granularity,
            starts_at,
        } = self;
        let window = marks_until(batch.now());
        let recount = Recount {
            granularity,
            starts_at,
            window,
            due_at: Some(window),
            attempts: 0,
        };
        batch.upsert(Recount::by_bucket, recount, &[Recount::due_at.name()], &[]);
    }
}

/// Returns when an event of this time expires.
pub(super) const fn forgotten_at(moment: Timestamp) -> Timestamp {
    moment.plus_millis(limit::signed(limit::EVENT_SECONDS) * 1_000)
}

/// Returns the end of the window whose recount markers share a document.
pub(crate) fn marks_until(now: Timestamp) -> Timestamp {
    let step = limit::signed(limit::RECOUNT_SECONDS) * 1_000;
    now.floor_to(step).plus_millis(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn part_expires_after_the_whole_is_counted() {
        let day = Granularity::Day.around("2024-02-29T12:00:00.000Z".parse().unwrap());
        for hour in 0..24 {
            let hour = Granularity::Hour.around(day.starts_at.plus_millis(hour * HOUR));
            assert!(
                hour.countable_until() < day.countable_until(),
                "a countable hour can be summed"
            );
            assert_eq!(hour.expires_at(), Some(day.countable_until()));
        }
        assert!(day.countable_until() <= day.enclosing().unwrap().countable_until());
        assert_eq!(day.expires_at(), None);
        let last = day
            .countable_until()
            .plus_millis(-limit::signed(limit::CLOCK_SKEW_SECONDS) * 1_000);
        assert!(day.is_countable(last.plus_millis(-1)) && !day.is_countable(last));
    }

    #[test]
    fn buckets_are_nested() {
        let moment: Timestamp = "2026-02-28T23:59:59.999Z".parse().unwrap();
        let hour = Granularity::Hour.around(moment);
        let day = hour.enclosing().unwrap();
        let month = day.enclosing().unwrap();
        assert_eq!(
            (day, month),
            (
                Granularity::Day.around(moment),
                Granularity::Month.around(moment)
            )
        );
        let end = "2026-03-01T00:00:00.000Z".parse().unwrap();
        assert_eq!(
            (hour.end(), day.end(), month.end(), month.enclosing()),
            (end, end, end, None)
        );
        assert_eq!(Granularity::Hour.next_start(end), end);
        assert_eq!(Granularity::Hour.next_start(moment), end);
    }
}
