use std::sync::Arc;

use crate::collection::{Collection, Column};
use crate::engine::ReadError;
use crate::field::{FieldType, Mismatch};
use crate::handle::{Handle, Reaches, Scoped, misused, sound};
use crate::query::Query;
use crate::statement;
use crate::value::Value;

/// How many documents have each value of a field.
#[derive(Debug, Clone)]
pub struct GroupCount<T> {
    /// Each value that occurs with its documents; `None` is absent. The most
    /// frequent first, of equals the first in index order.
    pub counts: Vec<(Option<T>, usize)>,
    /// Whether these are all values; else the most frequent ones.
    pub whole: bool,
}

impl<S: Scoped> Handle<S> {
    /// How many documents a question finds with each value of a field that
    /// stands in its index, for at most so many values, the most frequent ones.
    ///
    /// # Errors
    /// [`ReadError`] when the engine cannot answer.
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
