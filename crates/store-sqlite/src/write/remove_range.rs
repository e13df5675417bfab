use base::Direction;
use store::{CommitError, IndexRange};

use super::WriteContext;
use crate::span;
use crate::sql::{Bound, Sql};

impl WriteContext<'_> {
    pub(super) fn remove_range(&self, span: &IndexRange, limit: usize) -> Result<(), CommitError> {
        for run in span::runs(self.table, span, Direction::Forward, None) {
            let mut sql = Sql::new("DELETE FROM ");
            sql.push(&self.table.name)
                .push(" WHERE rowid IN (SELECT rowid FROM ");
            sql.push(&self.table.name)
                .push(&self.table.indexed_by(span.index()))
                .push(" WHERE ");
            run.push(&mut sql, self.table, span, self.scope);
            span::push_order(&mut sql, self.table, span, Direction::Forward);
            sql.push(" LIMIT ")
                .bind(Bound::Int(i64::try_from(limit).unwrap_or(i64::MAX)))
                .push(")");
            self.execute(&sql)?;
        }
        Ok(())
    }
}
