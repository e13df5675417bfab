use store::{CommitError, Row};

use super::WriteContext;
use crate::sql::{Bound, Sql};

/// Number of values of a row that every collection has.
const STANDARD: usize = 7;

impl WriteContext<'_> {
    pub(super) fn insert(&self, row: &Row) -> Result<(), CommitError> {
        let mut sql = Sql::new(self.table.insert.as_str());
        self.push_row(&mut sql, row);
        self.execute_unique(&sql, Some(row)).map(|_| ())
    }

    /// Adds the values of a complete row in the order of the `INSERT`.
    pub(super) fn push_row<'s>(&'s self, sql: &mut Sql<'s>, row: &'s Row) {
        sql.reserve(STANDARD + row.values.len());
        if let Some(tenant) = self.tenant {
            sql.value(Bound::text(tenant));
        }
        sql.value(Bound::Id(row.id))
            .value(Bound::Int(row.created_at.millis()));
        sql.value(Bound::Int(row.updated_at.millis()))
            .value(Bound::Int(row.version));
        sql.value(
            row.deleted_at
                .map_or(Bound::Absent, |time| Bound::Int(time.millis())),
        );
        sql.value(row.deleted_by.map_or(Bound::Absent, Bound::Id));
        for value in &row.values {
            sql.value(Bound::optional(value.as_ref()));
        }
    }
}
