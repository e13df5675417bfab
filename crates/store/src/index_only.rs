use std::sync::Arc;

use crate::collection::{Collection, Column};
use crate::engine::ReadError;
use crate::field::{FieldType, Mismatch};
use crate::handle::{Handle, Reaches, Scoped, misused, sound};
use crate::query::Query;
use crate::statement::Covered;
use crate::value::Value;

/// Tuple of columns of `C` that are read together.
pub trait Columns<C> {
    /// Tuple of their values in the same order.
    type Values;

    /// Returns the stored names.
    fn names(&self) -> Vec<&'static str>;

    /// Creates the fields from their values.
    ///
    /// # Errors
    /// Fails with [`Mismatch`] if a value does not have its declared kind.
    fn load(&self, values: Vec<Value>) -> Result<Self::Values, Mismatch>;
}

macro_rules! columns {
    ($($field:ident $at:tt),+) => {
        impl<C, $($field: FieldType),+> Columns<C> for ($(Column<C, $field>,)+) {
            type Values = ($($field,)+);

            fn names(&self) -> Vec<&'static str> {
                vec![$(self.$at.name),+]
            }

            fn load(&self, values: Vec<Value>) -> Result<Self::Values, Mismatch> {
                let mut values = values.into_iter();
                Ok(($($field::load(values.next())
                    .map_err(|Mismatch(detail)| Mismatch(format!("{}: {detail}", self.$at.name)))?,)+))
            }
        }
    };
}

columns!(A 0);
columns!(A 0, B 1);
columns!(A 0, B 1, D 2);
columns!(A 0, B 1, D 2, E 3);
columns!(A 0, B 1, D 2, E 3, F 4);

impl<S: Scoped> Handle<S> {
    /// Returns fields of the documents that match a query, in any order, at most `limit`, from the
    /// index alone.
    ///
    /// The fields must be in the index and not optional, and the collection must have neither soft
    /// delete nor expiry. A document whose key changes concurrently may be returned twice, with its
    /// old and its new key. Order, limit and position of the query are ignored.
    ///
    /// # Errors
    /// Fails with [`ReadError`] if the engine is unavailable, its result is invalid, or the query
    /// does not fit the index.
    pub async fn covered<C: Collection, F: Columns<C>>(
        &self,
        query: Query<C>,
        fields: F,
        limit: usize,
    ) -> Result<Vec<F::Values>, ReadError>
    where
        S: Reaches<C::Partition>,
    {
        sound(&query)?;
        let declared = query.covering(&fields.names()).map_err(misused)?;
        if limit == 0 {
            return Ok(Vec::new());
        }
        let target = self.target::<C>();
        let span = query.span;
        let found = self
            .engine()
            .covered(Covered {
                target,
                span,
                fields: declared,
                limit,
            })
            .await?;
        let found: Result<_, Mismatch> = found
            .into_iter()
            .map(|values| fields.load(values))
            .collect();
        found.map_err(|mismatch| ReadError::Broken(Arc::new(mismatch)))
    }
}
