use base::ObjectId;
use store::CommitError;

use super::WriteContext;
use crate::ddl::quoted;
use crate::sql::{Bound, Sql};

impl WriteContext<'_> {
    pub(super) fn increment(
        &self,
        id: ObjectId,
        field: usize,
        by: i64,
        bound: Option<i64>,
    ) -> Result<(), CommitError> {
        let field = quoted(self.field(field)?);
        let mut sql = Sql::new("UPDATE ");
        sql.push(&self.table.name).push(" SET ").push(&field);
        sql.push(" = coalesce(")
            .push(&field)
            .push(", 0) + ")
            .bind(Bound::Int(by));
        self.push_document(&mut sql, id);
        self.push_undeleted(&mut sql);
        let (low, high) = match bound {
            Some(bound) if by < 0 => (bound, i64::MAX),
            bound => (i64::MIN, bound.unwrap_or(i64::MAX)),
        };
        // A sum beyond 64 bits becomes a real number, which is outside of these bounds too.
        sql.push(" AND coalesce(")
            .push(&field)
            .push(", 0) + ")
            .bind(Bound::Int(by));
        sql.push(" BETWEEN ")
            .bind(Bound::Int(low))
            .push(" AND ")
            .bind(Bound::Int(high));
        if self.execute_unique(&sql, None)? > 0 {
            return Ok(());
        }
        match self.current(id, false)? {
            Some(_) => Err(CommitError::LimitExceeded {
                write: self.position,
            }),
            None => Err(self.stale(None)),
        }
    }
}
