use base::{Entropy, ObjectId, SeededEntropy};

/// Source of repeatable random values.
pub(crate) struct Rng(SeededEntropy);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Self(SeededEntropy::new(seed))
    }

    /// Returns a number below `end`.
    pub(crate) fn below(&self, end: usize) -> usize {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        let end = u64::try_from(end).unwrap_or(u64::MAX).max(1);
        usize::try_from(u64::from_le_bytes(bytes) % end).unwrap_or(0)
    }

    /// Returns a number in `range`.
    pub(crate) fn number(&self, range: std::ops::Range<i64>) -> i64 {
        let width = usize::try_from(range.end - range.start).unwrap_or(1);
        range.start + i64::try_from(self.below(width)).unwrap_or(0)
    }

    /// Returns an unused id.
    pub(crate) fn id(&self) -> ObjectId {
        let mut bytes = [0; 12];
        self.0.fill(&mut bytes);
        ObjectId(bytes)
    }

    /// Returns `true` once in `times` calls on average.
    pub(crate) fn once_in(&self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// Returns one of the choices, or `None` if there are none.
    pub(crate) fn pick<T: Clone>(&self, choices: &[T]) -> Option<T> {
        choices.get(self.below(choices.len())).cloned()
    }

    /// Returns the value, or `None` once in three calls on average.
    pub(crate) fn maybe<T>(&self, value: T) -> Option<T> {
        (!self.once_in(3)).then_some(value)
    }

    /// Returns a word of a small vocabulary, so that words repeat.
    pub(crate) fn word(&self, words: usize) -> String {
        format!("w{}", self.below(words))
    }
}
