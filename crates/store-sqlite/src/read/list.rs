use rusqlite::Result;
use store::Row;
use store::statement::List;

use super::push_visible;
use crate::catalogue::Table;
use crate::connection::Connection;
use crate::row;
use crate::span::{self, Run};
use crate::sql::{Bound, Sql};

/// Documents of one span of an index, in its order.
pub(crate) fn list(connection: &Connection, table: &Table, list: &List) -> Result<Vec<Row>> {
    let runs = span::runs(table, list.span(), *list.direction(), list.after().as_ref());
    if let [run] = runs.as_slice() {
        return walk(connection, table, list, run, *list.limit());
    }
    // One snapshot, or a document that moves between two runs is seen twice or never.
    let snapshot = connection.raw().unchecked_transaction()?;
    let mut rows = Vec::new();
    for run in &runs {
        let wanted = list.limit().saturating_sub(rows.len());
        if wanted > 0 {
            rows.append(&mut walk(connection, table, list, run, wanted)?);
        }
    }
    snapshot.finish()?;
    Ok(rows)
}

fn walk<'a>(
    connection: &Connection,
    table: &'a Table,
    list: &'a List,
    run: &Run<'a>,
    limit: usize,
) -> Result<Vec<Row>> {
    let mut sql = Sql::new(table.select.as_str());
    sql.push(&table.indexed_by(list.span().index())).push(" WHERE ");
    run.push(&mut sql, table, list.span(), list.target().tenant());
    push_visible(&mut sql, table, *list.deleted(), *list.now());
    span::push_order(&mut sql, table, list.span(), *list.direction());
    sql.push(" LIMIT ").bind(Bound::Int(i64::try_from(limit).unwrap_or(i64::MAX)));
    sql.query(connection, |row| row::read(table.declaration, row))
}
