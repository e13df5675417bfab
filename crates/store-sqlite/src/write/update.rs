use base::{ObjectId, Timestamp};
use store::{CommitError, Deletion, Expect, Value};

use super::WriteContext;
use crate::ddl::quoted;
use crate::sql::{Bound, Sql};

/// Changes of an update to its document.
pub(super) struct Change<'a> {
    pub(super) changes: &'a [(usize, Option<Value>)],
    pub(super) touch: bool,
    pub(super) deletion: Deletion,
    pub(super) now: Timestamp,
}

impl WriteContext<'_> {
    pub(super) fn update(
        &self,
        id: ObjectId,
        expect: &Expect,
        change: &Change<'_>,
    ) -> Result<(), CommitError> {
        let mut sql = Sql::new("UPDATE ");
        sql.push(&self.table.name);
        self.push_assignments(&mut sql, change)?;
        self.push_document(&mut sql, id);
        if change.deletion != Deletion::Clear {
            self.push_undeleted(&mut sql);
        }
        match expect {
            Expect::Present => {}
            Expect::Version(version) => {
                sql.push(" AND \"__v\" = ").bind(Bound::Int(*version));
            }
            Expect::Field(position, value) => {
                sql.push(" AND ")
                    .push(&quoted(self.field(*position)?))
                    .push(" IS ")
                    .bind(Bound::optional(value.as_ref()));
            }
        }
        if self.execute_unique(&sql, None)? > 0 {
            return Ok(());
        }
        let deleted_too = change.deletion == Deletion::Clear;
        Err(self.stale(self.current(id, deleted_too)?))
    }

    fn push_assignments<'s>(
        &self,
        sql: &mut Sql<'s>,
        change: &Change<'s>,
    ) -> Result<(), CommitError> {
        // An `UPDATE` must assign at least one column.
        sql.push(if change.touch {
            " SET \"__v\" = \"__v\" + 1"
        } else {
            " SET \"__v\" = \"__v\""
        });
        if change.touch {
            sql.push(", \"updated_at\" = ")
                .bind(Bound::Int(change.now.millis()));
        }
        for (position, value) in change.changes {
            sql.push(", ")
                .push(&quoted(self.field(*position)?))
                .push(" = ")
                .bind(Bound::optional(value.as_ref()));
        }
        match change.deletion {
            Deletion::Keep => {}
            Deletion::Mark(by) => {
                sql.push(", \"deleted_at\" = ")
                    .bind(Bound::Int(change.now.millis()));
                sql.push(", \"deleted_by\" = ")
                    .bind(by.map_or(Bound::Absent, Bound::Id));
            }
            Deletion::Clear => {
                sql.push(", \"deleted_at\" = NULL, \"deleted_by\" = NULL");
            }
        }
        Ok(())
    }
}
