use std::fmt;
use std::hash::Hash;

use quick_cache::sync::Cache;

use crate::{Timestamp, limit};

/// A bounded table of what was so a short while ago. When it is full, what is
/// seldom asked for makes room.
pub struct TtlCache<K, V> {
    entries: Cache<K, (Timestamp, V)>,
    millis: i64,
}

impl<K, V> fmt::Debug for TtlCache<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recent")
            .field("millis", &self.millis)
            .finish_non_exhaustive()
    }
}

impl<K: Hash + Eq, V: Clone> TtlCache<K, V> {
    /// A table for about so many entries, each of which holds for so many
    /// seconds from when it was inserted.
    #[must_use]
    pub fn new(entries: usize, seconds: usize) -> Self {
        Self {
            entries: Cache::new(entries),
            millis: limit::signed(seconds).saturating_mul(1_000),
        }
    }

    /// What stands under the key and still holds. What was inserted later than
    /// now does not: the clock was set back, and says nothing of its age.
    #[must_use]
    pub fn get(&self, key: &K, now: Timestamp) -> Option<V> {
        let (since, value) = self.entries.get(key)?;
        (0..self.millis)
            .contains(&(now.millis() - since.millis()))
            .then_some(value)
    }

    /// Puts a value under the key, in place of any before.
    pub fn insert(&self, key: K, value: V, now: Timestamp) {
        self.entries.insert(key, (now, value));
    }

    /// Forgets what stands under the key.
    pub fn remove(&self, key: &K) {
        self.entries.remove(key);
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.entries.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_holds_for_its_time_and_not_under_a_clock_that_was_set_back() {
        let at = Timestamp::from_millis;
        let recent = TtlCache::new(10, 1);
        recent.insert("a", 1, at(5_000));
        assert_eq!(recent.get(&"a", at(5_000)), Some(1));
        assert_eq!(recent.get(&"a", at(5_999)), Some(1));
        assert_eq!(recent.get(&"a", at(6_000)), None);
        assert_eq!(recent.get(&"a", at(4_999)), None);
    }

    #[test]
    fn it_never_holds_more_than_it_may() {
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
