use std::sync::Arc;

use crate::collection::{Collection, Column};
use crate::engine::ReadError;
use crate::field::{FieldType, Mismatch};
use crate::handle::{Handle, Reaches, Scoped, misused, sound};
use crate::query::Query;
use crate::statement;
use crate::value::Value;

/// Number of documents for each value of a field.
#[derive(Debug, Clone)]
pub struct GroupCount<T> {
    /// Each value that occurs, with its number of documents; `None` is absent. The most frequent
    /// come first, equally frequent ones in index order.
    pub counts: Vec<(Option<T>, usize)>,
    /// Whether these are all values; otherwise only the most frequent ones.
    pub whole: bool,
}

impl<S: Scoped> Handle<S> {
    /// Counts the documents that match a query for each value of `by`, a field of its index.
    ///
    /// Returns at most `groups` values, the most frequent ones.
    ///
    /// # Errors
    /// Fails with [`ReadError`] if the engine is unavailable, its result is invalid, or the query
    /// does not fit the index.
    pub async fn tally<C: Collection, T: FieldType>(
        &self,
        query: Query<C>,
        by: Column<C, T>,
        groups: usize,
    ) -> Result<GroupCount<T>, ReadError>
    where
        S: Reaches<C::Partition>,
    {
        sound(&query)?;
        let field = query.held(by.name).map_err(misused)?;
        let target = self.target::<C>();
        let span = query.span;
        let now = self.context().now();
        let statement = statement::GroupCount {
            target,
            span,
            field,
            groups: groups.saturating_add(1),
            now,
        };
        let mut found = self.engine().tally(statement).await?;
        let whole = found.len() <= groups;
        found.truncate(groups);
        let typed = |(value, count): (Option<Value>, usize)| {
            Ok((value.map(|it| T::load(Some(it))).transpose()?, count))
        };
        let counts: Result<_, Mismatch> = found.into_iter().map(typed).collect();
        Ok(GroupCount {
            counts: counts.map_err(|mismatch| ReadError::Broken(Arc::new(mismatch)))?,
            whole,
        })
    }
}
