use base::{Entropy, ObjectId, SeededEntropy};

/// Chance that can be repeated.
pub(crate) struct Rng(SeededEntropy);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Self(SeededEntropy::new(seed))
    }

    /// A number below `end`.
    pub(crate) fn below(&self, end: usize) -> usize {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        let end = u64::try_from(end).unwrap_or(u64::MAX).max(1);
        usize::try_from(u64::from_le_bytes(bytes) % end).unwrap_or(0)
    }

    /// A number of `range`.
    pub(crate) fn number(&self, range: std::ops::Range<i64>) -> i64 {
        let width = usize::try_from(range.end - range.start).unwrap_or(1);
        range.start + i64::try_from(self.below(width)).unwrap_or(0)
    }

    /// An id that nothing has yet.
    pub(crate) fn id(&self) -> ObjectId {
        let mut bytes = [0; 12];
        self.0.fill(&mut bytes);
        ObjectId(bytes)
    }

    /// True once in `times`.
    pub(crate) fn once_in(&self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of these.
    pub(crate) fn pick<T: Clone>(&self, choices: &[T]) -> Option<T> {
        choices.get(self.below(choices.len())).cloned()
    }

    /// The value, or absent.
    pub(crate) fn maybe<T>(&self, value: T) -> Option<T> {
        (!self.once_in(3)).then_some(value)
    }

    /// A word of a small vocabulary, so that words meet.
    pub(crate) fn word(&self, words: usize) -> String {
        format!("w{}", self.below(words))
    }
}
