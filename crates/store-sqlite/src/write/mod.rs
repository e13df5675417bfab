//! Write statements of a commit.

mod conflict;
mod increment;
mod insert;
mod raise;
mod remove;
mod remove_range;
mod update;
mod upsert;

use std::sync::Arc;

use base::{ObjectId, TenantId};
use rusqlite::ErrorCode;
use store::statement::Commit;
use store::{CommitError, Write};

use crate::catalogue::{Catalogue, Table};
use crate::connection::Connection;
use crate::failure;
use crate::plans::Seek;
use crate::sql::{Bound, Sql};

/// Applies the writes of a commit in order. The caller rolls back if one of them fails.
pub(crate) fn apply(
    connection: &Connection,
    catalogue: &Catalogue,
    commit: &Commit,
) -> Result<(), CommitError> {
    let tenant = commit.tenant().map(|tenant| tenant.to_string());
    for (position, write) in commit.writes().iter().enumerate() {
        let table = catalogue
            .table(write.declaration())
            .map_err(|error| CommitError::Broken(Arc::new(error)))?;
        let at = WriteContext {
            connection,
            table,
            tenant: tenant.as_deref(),
            scope: *commit.tenant(),
            position,
        };
        at.apply(write)?;
    }
    Ok(())
}

/// Context of a write.
struct WriteContext<'a> {
    connection: &'a Connection,
    table: &'a Table,
    tenant: Option<&'a str>,
    scope: Option<TenantId>,
    position: usize,
}

impl WriteContext<'_> {
    fn apply(&self, write: &Write) -> Result<(), CommitError> {
        match write {
            Write::Insert { row, .. } => self.insert(row),
            Write::Update {
                id,
                expect,
                changes,
                touch,
                deletion,
                now,
                ..
            } => self.update(
                *id,
                expect,
                &update::Change {
                    changes,
                    touch: *touch,
                    deletion: *deletion,
                    now: *now,
                },
            ),
            Write::Upsert {
                index,
                row,
                set,
                raise,
                ..
            } => self.upsert(index, row, set, raise),
            Write::Increment {
                id,
                field,
                by,
                bound,
                ..
            } => self.increment(*id, *field, *by, *bound),
            Write::Raise { id, field, to, .. } => self.raise(*id, *field, to),
            Write::Remove { id, required, .. } => self.remove(*id, *required),
            Write::RemoveRange { span, limit, .. } => self.remove_range(span, *limit),
        }
    }

    /// Adds a `WHERE` clause for one document, limited to the tenant.
    fn push_document<'s>(&'s self, sql: &mut Sql<'s>, id: ObjectId) {
        sql.push(" WHERE \"_id\" = ").bind(Bound::Id(id));
        if let Some(tenant) = self.tenant {
            // The unary plus keeps the plan on the id.
            sql.push(" AND +\"tenant_id\" = ").bind(Bound::text(tenant));
        }
        sql.expect(Seek::by_id(self.table.declaration.name));
    }

    /// Adds that the document is not deleted, if the collection has soft deletion.
    fn push_undeleted(&self, sql: &mut Sql<'_>) {
        if self.table.declaration.soft_delete {
            sql.push(" AND \"deleted_at\" IS NULL");
        }
    }

    fn field(&self, position: usize) -> Result<&'static str, CommitError> {
        let field = self.table.declaration.fields.get(position);
        field
            .map(|field| field.name)
            .ok_or_else(|| CommitError::Broken(Arc::new(NoField(position))))
    }

    fn execute(&self, sql: &Sql<'_>) -> Result<usize, CommitError> {
        sql.execute(self.connection).map_err(failure::of_commit)
    }

    /// Runs a statement that may violate a unique index; `row` is the row to be written.
    fn execute_unique(
        &self,
        sql: &Sql<'_>,
        row: Option<&store::Row>,
    ) -> Result<usize, CommitError> {
        sql.execute(self.connection)
            .map_err(|error| match error.sqlite_error_code() {
                Some(ErrorCode::ConstraintViolation) => self.conflict(error, row),
                _ => failure::of_commit(error),
            })
    }

    /// Returns the version of the document, or `None` if the document does not exist.
    fn current(&self, id: ObjectId, deleted_too: bool) -> Result<Option<i64>, CommitError> {
        let mut sql = Sql::new("SELECT \"__v\" FROM ");
        sql.push(&self.table.name);
        self.push_document(&mut sql, id);
        if !deleted_too {
            self.push_undeleted(&mut sql);
        }
        let found = sql
            .query(self.connection, |row| row.get(0))
            .map_err(failure::of_commit)?;
        Ok(found.into_iter().next())
    }

    const fn stale(&self, current: Option<i64>) -> CommitError {
        CommitError::PreconditionFailed {
            write: self.position,
            current,
        }
    }
}

/// Error for a write to a field that its collection does not have.
#[derive(Debug, thiserror::Error)]
#[error("the collection has no field at position {0}")]
struct NoField(usize);
