use std::marker::PhantomData;

use crate::collection::{Collection, Column};
use crate::field::FieldType;

/// Filter of documents that are not counted.
#[derive(Debug, Clone)]
pub struct CountFilter<C> {
    pub(crate) unless: Option<(usize, crate::Value)>,
    pub(crate) deleted: bool,
    marker: PhantomData<fn() -> C>,
}

impl<C> Default for CountFilter<C> {
    fn default() -> Self {
        Self {
            unless: None,
            deleted: false,
            marker: PhantomData,
        }
    }
}

impl<C: Collection> CountFilter<C> {
    /// Excludes documents whose field has this value.
    #[must_use]
    pub fn with<T: FieldType>(mut self, column: Column<C, T>, value: T) -> Self {
        self.unless = C::DECLARATION.position(column.name).zip(value.store());
        self
    }

    /// Excludes documents with a deletion mark.
    #[must_use]
    pub const fn deleted(mut self) -> Self {
        self.deleted = true;
        self
    }
}
