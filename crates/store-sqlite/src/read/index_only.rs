use base::Direction;
use rusqlite::{Error, Result};
use store::statement::Covered;
use store::{FieldDecl, Value};

use crate::catalogue::Table;
use crate::connection::Connection;
use crate::ddl::{index_name, quoted};
use crate::plans::Seek;
use crate::sql::{Bound, Sql};
use crate::{row, span};

/// Returns some fields of the documents of an index span, from the index alone.
pub(crate) fn covered(
    connection: &Connection,
    table: &Table,
    covered: &Covered,
) -> Result<Vec<Vec<Value>>> {
    let columns: Vec<String> = covered
        .fields()
        .iter()
        .map(|field| quoted(field.name))
        .collect();
    let mut found = Vec::new();
    // Without a position to continue from, a span is a single run.
    for run in span::runs(table, covered.span(), Direction::Forward, None) {
        let mut sql = Sql::new(format!("SELECT {} FROM {}", columns.join(", "), table.name));
        sql.push(&table.indexed_by(covered.span().index()))
            .push(" WHERE ");
        run.push(&mut sql, table, covered.span(), covered.target().tenant());
        sql.push(" LIMIT ").bind(Bound::Int(
            i64::try_from(*covered.limit()).unwrap_or(i64::MAX),
        ));
        sql.expect(Seek::covering(index_name(
            table.declaration,
            covered.span().index(),
        )));
        found.extend(sql.query(connection, |row| values(row, covered.fields()))?);
    }
    Ok(found)
}

fn values(row: &rusqlite::Row<'_>, fields: &[&'static FieldDecl]) -> Result<Vec<Value>> {
    let value = |(column, field): (usize, &&'static FieldDecl)| {
        let absent =
            || Error::InvalidColumnType(column, field.name.to_owned(), rusqlite::types::Type::Null);
        row::value(row, column, field)?.ok_or_else(absent)
    };
    fields.iter().enumerate().map(value).collect()
}
