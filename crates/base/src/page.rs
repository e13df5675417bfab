use crate::limit;

/// Order in which a list reads its index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Ascending index order.
    #[default]
    Forward,
    /// Descending index order: newest first.
    Backward,
}

/// Number of entries of a page: 1 to [`limit::PAGE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PageSize(usize);

impl PageSize {
    /// The largest page.
    pub const MAX: Self = Self(limit::PAGE);

    /// Creates a page size, or returns `None` outside 1 to [`limit::PAGE`].
    #[must_use]
    pub fn new(entries: usize) -> Option<Self> {
        (1..=limit::PAGE)
            .contains(&entries)
            .then_some(Self(entries))
    }

    /// Returns the number of entries.
    #[must_use]
    pub const fn get(self) -> usize {
        self.0
    }
}

impl Default for PageSize {
    fn default() -> Self {
        Self(limit::PAGE_DEFAULT)
    }
}
