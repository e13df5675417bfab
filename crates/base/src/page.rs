use crate::limit;

/// Which way a list runs through its index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Direction {
    /// In index order.
    #[default]
    Forward,
    /// Against index order: the newest first.
    Backward,
}

/// How many entries a page holds: 1 to [`limit::PAGE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PageSize(usize);

impl PageSize {
    /// The largest page.
    pub const MAX: Self = Self(limit::PAGE);

    /// A page of this many entries; `None` outside 1 to [`limit::PAGE`].
    #[must_use]
    pub fn new(entries: usize) -> Option<Self> {
        (1..=limit::PAGE)
            .contains(&entries)
            .then_some(Self(entries))
    }

    /// The number of entries.
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
