use base::Direction;
use rusqlite::Result;
use store::Value;
use store::statement::GroupCount;

use super::push_visible;
use crate::catalogue::Table;
use crate::connection::Connection;
use crate::ddl::quoted;
use crate::sql::{Bound, Sql};
use crate::{row, span};

/// Counts the documents of an index span for each value of a field, the most frequent first.
pub(crate) fn tally(
    connection: &Connection,
    table: &Table,
    tally: &GroupCount,
) -> Result<Vec<(Option<Value>, usize)>> {
    let field = *tally.field();
    let mut counts = Vec::new();
    // Without a position to continue from, a span is a single run.
    for run in span::runs(table, tally.span(), Direction::Forward, None) {
        let mut sql = Sql::new(format!("SELECT {}, count(*) FROM ", quoted(field.name)));
        sql.push(&table.name)
            .push(&table.indexed_by(tally.span().index()))
            .push(" WHERE ");
        run.push(&mut sql, table, tally.span(), tally.target().tenant());
        push_visible(&mut sql, table, false, *tally.now());
        sql.push(" GROUP BY ")
            .push(&quoted(field.name))
            .push(" ORDER BY count(*) DESC, ")
            .push(&quoted(field.name));
        sql.push(" LIMIT ").bind(Bound::Int(
            i64::try_from(*tally.groups()).unwrap_or(i64::MAX),
        ));
        counts.extend(sql.query(connection, |found| {
            Ok((row::value(found, 0, field)?, found.get::<_, usize>(1)?))
        })?);
    }
    Ok(counts)
}
