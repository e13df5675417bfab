//! Mapping of constraint violations to declared indexes.

use store::{CommitError, Declaration, IndexDecl, Row, Uniqueness};

use super::WriteContext;
use crate::ddl::quoted;
use crate::failure;
use crate::sql::{Bound, Sql};

impl WriteContext<'_> {
    /// Returns the conflict for an error. If a record of a log violates two indexes at once,
    /// SQLite names one of them, but a retry must be recognized as a retry.
    pub(super) fn conflict(&self, error: rusqlite::Error, row: Option<&Row>) -> CommitError {
        let declaration = self.table.declaration;
        let Some(index) = violated(declaration, &error) else {
            return failure::of_commit(error);
        };
        let conflict = |index| CommitError::Conflict {
            write: self.position,
            index,
        };
        let retry = declaration.log.and_then(|log| declaration.index(log.retry));
        match (row, retry) {
            (Some(row), Some(retry)) if retry.name != index => match self.stands(retry, row) {
                Ok(true) => conflict(retry.name),
                Ok(false) => conflict(index),
                Err(error) => failure::of_commit(error),
            },
            _ => conflict(index),
        }
    }

    /// Returns whether a document with the row's key in a unique index exists.
    fn stands(&self, index: &IndexDecl, row: &Row) -> rusqlite::Result<bool> {
        let key: Vec<_> = index
            .fields
            .iter()
            .map(|field| row.field(self.table.declaration, field))
            .collect();
        if key.iter().any(Option::is_none) {
            return Ok(false);
        }
        let mut sql = Sql::new("SELECT 1 FROM ");
        sql.push(&self.table.name)
            .push(&self.table.indexed_by(index))
            .push(" WHERE 1");
        let mut terms = Vec::new();
        if let Some(tenant) = self.tenant {
            sql.push(" AND \"tenant_id\" = ").bind(Bound::text(tenant));
            terms.push("tenant_id=?".to_owned());
        }
        for (field, value) in index.fields.iter().zip(&key) {
            sql.push(" AND ")
                .push(&quoted(field))
                .push(" = ")
                .bind(Bound::optional(value.as_ref()));
            terms.push(format!("{field}=?"));
        }
        sql.expect(crate::plans::Seek::new(
            crate::ddl::index_name(self.table.declaration, index),
            terms,
        ));
        Ok(!sql.query(self.connection, |_| Ok(()))?.is_empty())
    }
}

/// Returns the index in a message such as `UNIQUE constraint failed: messages.tenant_id,
/// messages.seq`.
fn violated(declaration: &'static Declaration, error: &rusqlite::Error) -> Option<&'static str> {
    let rusqlite::Error::SqliteFailure(_, Some(told)) = error else {
        return None;
    };
    let columns = told.strip_prefix("UNIQUE constraint failed: ")?.split(", ");
    let key: Vec<_> = columns
        .filter_map(|column| Some(column.split_once('.')?.1))
        .collect();
    if key == ["_id"] {
        return Some("_id");
    }
    let mut unique = declaration
        .indexes
        .iter()
        .filter(|index| index.uniqueness != Uniqueness::None);
    unique
        .find(|index| declaration.key_of(index).eq(key.iter().copied()))
        .map(|index| index.name)
}
