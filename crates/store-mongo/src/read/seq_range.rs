use std::ops::Bound;

use store::{Range, Value};

/// Inclusive range of integers; empty if `first` is greater than `last`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Numbers {
    pub(super) first: i64,
    pub(super) last: i64,
}

impl Numbers {
    /// Returns the integers between the bounds of a range, or `None` if it is no range of integers.
    pub(super) fn of(range: &Range) -> Option<Self> {
        let Range::Between(from, to) = range else {
            return None;
        };
        let first = match from {
            Bound::Included(Value::Int(first)) => *first,
            Bound::Excluded(Value::Int(before)) => before.checked_add(1)?,
            Bound::Unbounded => i64::MIN,
            _ => return None,
        };
        let last = match to {
            Bound::Included(Value::Int(last)) => *last,
            Bound::Excluded(Value::Int(behind)) => behind.checked_sub(1)?,
            Bound::Unbounded => i64::MAX,
            _ => return None,
        };
        Some(Self { first, last })
    }

    /// Returns how many integers the range contains, at most `i64::MAX`.
    pub(super) fn count(self) -> usize {
        let behind = self.last.saturating_sub(self.first).saturating_add(1);
        usize::try_from(behind.max(0)).unwrap_or(usize::MAX)
    }

    pub(super) const fn hold(self, number: i64) -> bool {
        self.first <= number && number <= self.last
    }
}

/// Merges overlapping and adjacent ranges.
pub(super) fn merged(mut runs: Vec<Numbers>) -> Vec<Numbers> {
    runs.sort_unstable_by_key(|run| run.first);
    let mut merged: Vec<Numbers> = Vec::with_capacity(runs.len());
    for run in runs {
        match merged.last_mut() {
            Some(last) if run.first <= last.last.saturating_add(1) => {
                last.last = last.last.max(run.last);
            }
            _ => merged.push(run),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(first: i64, last: i64) -> Numbers {
        Numbers { first, last }
    }

    fn between(from: Bound<i64>, to: Bound<i64>) -> Option<Numbers> {
        Numbers::of(&Range::Between(from.map(Value::Int), to.map(Value::Int)))
    }

    #[test]
    fn a_range_of_numbers_has_a_first_and_a_last() {
        assert_eq!(
            between(Bound::Included(2), Bound::Included(4)),
            Some(numbers(2, 4))
        );
        assert_eq!(
            between(Bound::Excluded(2), Bound::Excluded(4)),
            Some(numbers(3, 3))
        );
        assert_eq!(
            between(Bound::Unbounded, Bound::Unbounded),
            Some(numbers(i64::MIN, i64::MAX))
        );
        assert_eq!(between(Bound::Excluded(i64::MAX), Bound::Unbounded), None);
        assert_eq!(Numbers::of(&Range::All), None);
        assert_eq!(
            Numbers::of(&Range::Between(
                Bound::Included(Value::Bool(true)),
                Bound::Unbounded
            )),
            None
        );
    }

    #[test]
    fn they_are_counted_and_found() {
        assert_eq!(
            (
                numbers(2, 4).count(),
                numbers(4, 2).count(),
                numbers(3, 2).count()
            ),
            (3, 0, 0)
        );
        assert_eq!(
            numbers(i64::MIN, i64::MAX).count(),
            usize::try_from(i64::MAX).unwrap()
        );
        assert!(
            numbers(2, 4).hold(2)
                && numbers(2, 4).hold(4)
                && !numbers(2, 4).hold(5)
                && !numbers(4, 2).hold(3)
        );
    }

    #[test]
    fn runs_that_meet_become_one() {
        assert_eq!(
            merged(vec![numbers(7, 9), numbers(1, 3), numbers(4, 5)]),
            [numbers(1, 5), numbers(7, 9)]
        );
        assert_eq!(
            merged(vec![numbers(1, 9), numbers(2, 3), numbers(9, 10)]),
            [numbers(1, 10)]
        );
    }
}
