use std::cmp::Reverse;

use base::Direction;
use rusqlite::Result;
use store::statement::List;
use store::{IndexRange, Row};

use super::push_visible;
use crate::catalogue::Table;
use crate::connection::Connection;
use crate::row;
use crate::span::{self, Run};
use crate::sql::{Bound, Sql};

/// Returns documents of an index span in its order, or of two spans merged.
pub(crate) fn list(connection: &Connection, table: &Table, list: &List) -> Result<Vec<Row>> {
    let runs = span::runs(table, list.span(), *list.direction(), list.after().as_ref());
    match (runs.as_slice(), list.second()) {
        ([run], None) => walk(connection, table, list, run, *list.limit()),
        (_, None) => in_turn(connection, table, list, &runs),
        (_, Some(second)) => among(connection, table, list, second.span()),
    }
}

/// Reads the runs one after the other.
fn in_turn(
    connection: &Connection,
    table: &Table,
    list: &List,
    runs: &[Run<'_>],
) -> Result<Vec<Row>> {
    // One snapshot: otherwise a document that moves between two runs is read twice or never.
    let snapshot = connection.raw().unchecked_transaction()?;
    let mut rows = Vec::new();
    for run in runs {
        let wanted = list.limit().saturating_sub(rows.len());
        if wanted > 0 {
            rows.append(&mut walk(connection, table, list, run, wanted)?);
        }
    }
    snapshot.finish()?;
    Ok(rows)
}

/// Reads the documents of the span of the statement and of a second span, merged in order.
fn among(
    connection: &Connection,
    table: &Table,
    list: &List,
    second: &IndexRange,
) -> Result<Vec<Row>> {
    // One snapshot: otherwise one span may lack a document that the other refers to.
    let snapshot = connection.raw().unchecked_transaction()?;
    let mut rows = Vec::new();
    for span in [list.span(), second] {
        for run in span::runs(table, span, *list.direction(), None) {
            rows.append(&mut walk(connection, table, list, &run, *list.limit())?);
        }
    }
    snapshot.finish()?;
    let number = |row: &Row| row.number(table.declaration, span::ranged(second));
    match list.direction() {
        Direction::Forward => rows.sort_by_key(number),
        Direction::Backward => rows.sort_by_key(|row| Reverse(number(row))),
    }
    rows.truncate(*list.limit());
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
    sql.push(&table.indexed_by(list.span().index()))
        .push(" WHERE ");
    run.push(&mut sql, table, list.span(), list.target().tenant());
    push_visible(&mut sql, table, *list.deleted(), *list.now());
    span::push_order(&mut sql, table, list.span(), *list.direction());
    sql.push(" LIMIT ")
        .bind(Bound::Int(i64::try_from(limit).unwrap_or(i64::MAX)));
    sql.query(connection, |row| row::read(table.declaration, row))
}
