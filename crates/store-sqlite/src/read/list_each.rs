use rusqlite::Result;
use store::Row;
use store::statement::ListEach;

use super::push_visible;
use super::spans::{forms, push_conditions, push_spans};
use crate::catalogue::Table;
use crate::connection::Connection;
use crate::row;
use crate::sql::{Bound, Sql};

/// Returns documents of several spans of one index with one statement.
pub(crate) fn list_each(
    connection: &Connection,
    table: &Table,
    list: &ListEach,
) -> Result<Vec<Row>> {
    let mut sql = Sql::new("");
    for (arm, (form, positions)) in forms(list.spans()).into_iter().enumerate() {
        let Some(first) = positions
            .first()
            .and_then(|position| list.spans().get(*position))
        else {
            continue;
        };
        sql.push(if arm == 0 { "" } else { " UNION ALL " })
            .push(&table.columns)
            .push(" FROM ");
        push_spans(&mut sql, list.spans(), &positions);
        sql.push(" CROSS JOIN ")
            .push(&table.name)
            .push(&table.indexed_by(first.index()))
            .push(" WHERE ");
        push_conditions(&mut sql, table, list.target().tenant(), first, form);
        push_visible(&mut sql, table, *list.deleted(), *list.now());
    }
    sql.push(" LIMIT ")
        .bind(Bound::Int(i64::try_from(*list.limit()).unwrap_or(i64::MAX)));
    sql.query(connection, |row| row::read(table.declaration, row))
}
