use std::collections::BTreeMap;

use base::{Error, Result, limit};
use serde::{Deserialize, Serialize};
use store::{Entity, GroupCount, JsonText};

use super::collections::{Category, Metric};

/// Counted events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// By category, those that occur.
    pub categories: BTreeMap<String, i64>,
    /// By name, those that occur: at most [`limit::EVENT_NAMES`], the most frequent.
    pub names: BTreeMap<String, i64>,
    /// Whether all names are there.
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
    /// All events.
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

    /// Adds other counts, and keeps the most frequent names.
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

    /// The counts of a stored bucket.
    ///
    /// # Errors
    /// When what is stored are no counts.
    pub fn stored(metric: &Entity<Metric>) -> Result<Self> {
        let counts: Self = serde_json::from_str(&metric.counts.0).map_err(Error::internal)?;
        Ok(Self {
            whole: metric.whole,
            ..counts
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_too_many_names_the_most_frequent_stay() {
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
