use std::sync::Arc;

use crate::collection::{Collection, Column};
use crate::engine::ReadError;
use crate::field::{FieldType, Mismatch};
use crate::handle::{Handle, Reaches, Scoped, misused, sound};
use crate::query::Query;
use crate::statement::Covered;
use crate::value::Value;

/// Several fields of `C` that are read together: a tuple of its columns.
pub trait Columns<C> {
    /// What they hold, as a tuple in the same order.
    type Values;

    /// The stored names.
    fn names(&self) -> Vec<&'static str>;

    /// The fields from their values.
    ///
    /// # Errors
    /// [`Mismatch`] when a value does not have its declared kind.
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
                    .map_err(|Mismatch(told)| Mismatch(format!("{}: {told}", self.$at.name)))?,)+))
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
    /// Some fields of the documents that a question finds, in any order, at
    /// most `limit`, read from the index alone: the fields stand in it, are
    /// never absent, and nothing but the key says whether the document is
    /// seen. One whose key changes meanwhile may be told twice, as it was and
    /// as it is. What the question says of order, its limit and position does
    /// not count here.
    ///
    /// # Errors
    /// [`ReadError`] when the engine cannot answer.
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
