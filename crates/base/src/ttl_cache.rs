use std::fmt;
use std::hash::Hash;

use quick_cache::sync::Cache;

use crate::{Timestamp, limit};

/// Bounded cache whose entries expire. When it is full, rarely used entries are
/// evicted.
pub struct TtlCache<K, V> {
    entries: Cache<K, (Timestamp, V)>,
    millis: i64,
}

impl<K, V> fmt::Debug for TtlCache<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TtlCache")
            .field("millis", &self.millis)
            .finish_non_exhaustive()
    }
}

impl<K: Hash + Eq, V: Clone> TtlCache<K, V> {
    /// Creates a cache for about `entries` entries, each valid for `seconds` after
    /// its insertion.
    #[must_use]
    pub fn new(entries: usize, seconds: usize) -> Self {
        Self {
            entries: Cache::new(entries),
            millis: limit::signed(seconds).saturating_mul(1_000),
        }
    }

    /// Returns the value of the key unless it has expired. A value inserted later
    /// than `now` counts as expired: the clock was set back, so its age is unknown.
    #[must_use]
    pub fn get(&self, key: &K, now: Timestamp) -> Option<V> {
        let (since, value) = self.entries.get(key)?;
        (0..self.millis)
            .contains(&(now.millis() - since.millis()))
            .then_some(value)
    }

    /// Inserts a value, replacing any previous one.
    pub fn insert(&self, key: K, value: V, now: Timestamp) {
        self.entries.insert(key, (now, value));
    }

    /// Removes the value of the key.
    pub fn remove(&self, key: &K) {
        self.entries.remove(key);
    }

    /// Removes all entries.
    pub fn clear(&self) {
        self.entries.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entry_expires_and_is_invalid_when_the_clock_is_set_back() {
        let at = Timestamp::from_millis;
        let recent = TtlCache::new(10, 1);
        recent.insert("a", 1, at(5_000));
        assert_eq!(recent.get(&"a", at(5_000)), Some(1));
        assert_eq!(recent.get(&"a", at(5_999)), Some(1));
        assert_eq!(recent.get(&"a", at(6_000)), None);
        assert_eq!(recent.get(&"a", at(4_999)), None);
    }

    #[test]
    fn cache_never_exceeds_its_capacity() {
        let recent = TtlCache::new(10, 1);
        let now = Timestamp::from_millis(0);
        (0..1_000).for_each(|key| recent.insert(key, (), now));
        assert!(
            (0..1_000)
                .filter(|key| recent.get(key, now).is_some())
                .count()
                <= 10
        );
    }
}
