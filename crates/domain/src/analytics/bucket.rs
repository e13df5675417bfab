use std::ops::Bound;

use base::{Timestamp, limit};
use store::{Batch, Query, TenantAnalytics};

use super::collections::{Event, Granularity, Metric, Recount};

const HOUR: i64 = 60 * 60 * 1_000;
const DAY: i64 = 24 * HOUR;

/// An hour, day or month in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bucket {
    /// How long it is.
    pub granularity: Granularity,
    /// When it begins.
    pub starts_at: Timestamp,
}

impl Granularity {
    /// The bucket in which a moment lies.
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

    /// The first beginning of a bucket that is not before a moment.
    pub(super) fn next_start(self, moment: Timestamp) -> Timestamp {
        let around = self.around(moment);
        if around.starts_at == moment {
            moment
        } else {
            around.end()
        }
    }

    /// What a bucket is summed from; nothing for an hour, which is counted.
    pub(super) const fn parts(self) -> Option<Self> {
        match self {
            Self::Hour => None,
            Self::Day => Some(Self::Hour),
            Self::Month => Some(Self::Day),
        }
    }

    const fn whole(self) -> Option<Self> {
        match self {
            Self::Hour => Some(Self::Day),
            Self::Day => Some(Self::Month),
            Self::Month => None,
        }
    }

    /// The stored counts of the buckets that begin in a range of time.
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
    /// The first moment behind it.
    #[must_use]
    pub fn end(self) -> Timestamp {
        match self.granularity {
            Granularity::Hour => self.starts_at.plus_millis(HOUR),
            Granularity::Day => self.starts_at.plus_millis(DAY),
            Granularity::Month => self.starts_at.start_of_next_month(),
        }
    }

    /// The moment from which on it cannot be counted anew, since what it is
    /// counted from is forgotten: an hour from the expiry of its first event,
    /// a longer bucket 400 days after its end. An event that can still change
    /// an hour can thus change the day and the month as well.
    pub(super) fn countable_until(self) -> Timestamp {
        let from = if self.granularity == Granularity::Hour {
            self.starts_at
        } else {
            self.end()
        };
        forgotten_at(from)
    }

    /// Whether everything that it is counted from is still there, also by a
    /// database server's clock that is ahead of ours.
    pub(super) fn is_countable(self, now: Timestamp) -> bool {
        now.plus_millis(limit::signed(limit::CLOCK_SKEW_SECONDS) * 1_000) < self.countable_until()
    }

    /// When its stored counts are forgotten: those of an hour when its day
    /// cannot be counted anew any more.
    pub(super) fn expires_at(self) -> Option<Timestamp> {
        let hour = self.granularity == Granularity::Hour;
        hour.then(|| Granularity::Day.around(self.starts_at).countable_until())
    }

    /// The longer bucket that this one is a part of.
    pub(super) fn whole(self) -> Option<Self> {
        Some(self.granularity.whole()?.around(self.starts_at))
    }

    /// The events in it.
    pub(super) fn events(self) -> Query<Event> {
        Event::by_time.all().between(
            Event::timestamp,
            Bound::Included(self.starts_at),
            Bound::Excluded(self.end()),
        )
    }

    /// Marks, in the batch of what changes its counts, that it must be counted
    /// anew. Each mark raises the version of the document that it shares with
    /// others, so that none is taken off by a recount that began before it;
    /// and none puts off those of earlier windows, however often it is marked.
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

/// When an event of this moment is forgotten.
pub(super) const fn forgotten_at(moment: Timestamp) -> Timestamp {
    moment.plus_millis(limit::signed(limit::EVENT_SECONDS) * 1_000)
}

/// The end of the seconds in which marks that are made now share a document.
pub(crate) fn marks_until(now: Timestamp) -> Timestamp {
    let step = limit::signed(limit::RECOUNT_SECONDS) * 1_000;
    now.floor_to(step).plus_millis(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_outlives_the_counting_of_the_whole() {
        let day = Granularity::Day.around("2024-02-29T12:00:00.000Z".parse().unwrap());
        for hour in 0..24 {
            let hour = Granularity::Hour.around(day.starts_at.plus_millis(hour * HOUR));
            assert!(
                hour.countable_until() < day.countable_until(),
                "an hour that is counted can be summed"
            );
            assert_eq!(hour.expires_at(), Some(day.countable_until()));
        }
        assert!(day.countable_until() <= day.whole().unwrap().countable_until());
        assert_eq!(day.expires_at(), None);
        let last = day
            .countable_until()
            .plus_millis(-limit::signed(limit::CLOCK_SKEW_SECONDS) * 1_000);
        assert!(day.is_countable(last.plus_millis(-1)) && !day.is_countable(last));
    }

    #[test]
    fn buckets_lie_in_each_other() {
        let moment: Timestamp = "2026-02-28T23:59:59.999Z".parse().unwrap();
        let hour = Granularity::Hour.around(moment);
        let day = hour.whole().unwrap();
        let month = day.whole().unwrap();
        assert_eq!(
            (day, month),
            (
                Granularity::Day.around(moment),
                Granularity::Month.around(moment)
            )
        );
        let end = "2026-03-01T00:00:00.000Z".parse().unwrap();
        assert_eq!(
            (hour.end(), day.end(), month.end(), month.whole()),
            (end, end, end, None)
        );
        assert_eq!(Granularity::Hour.next_start(end), end);
        assert_eq!(Granularity::Hour.next_start(moment), end);
    }
}
