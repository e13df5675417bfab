use rusqlite::Result;
use store::statement::Count;

use super::push_visible;
use super::spans::{forms, push_conditions, push_spans};
use crate::catalogue::Table;
use crate::connection::Connection;
use crate::ddl::quoted;
use crate::sql::{Bound, Sql};

/// Counts the documents in each span with one statement. Each form of range that occurs has an arm
/// over the list of the spans of that form.
pub(crate) fn count(connection: &Connection, table: &Table, count: &Count) -> Result<Vec<usize>> {
    let mut sql = Sql::new("");
    for (arm, (form, positions)) in forms(count.spans()).into_iter().enumerate() {
        sql.push(if arm == 0 { "" } else { " UNION ALL " });
        push_arm(&mut sql, table, count, form, &positions);
    }
    let mut counts = vec![0; count.spans().len()];
    for (position, counted) in sql.query(connection, |row| {
        Ok((row.get::<_, usize>(0)?, row.get::<_, usize>(1)?))
    })? {
        if let Some(place) = counts.get_mut(position) {
            *place = counted;
        }
    }
    Ok(counts)
}

fn push_arm<'a>(
    sql: &mut Sql<'a>,
    table: &Table,
    count: &'a Count,
    form: super::spans::Form,
    positions: &[usize],
) {
    let Some(first) = positions
        .first()
        .and_then(|position| count.spans().get(*position))
    else {
        return;
    };
    let index = first.index();
    sql.push("SELECT span.\"$\" ->> 0, (SELECT count(*) FROM (SELECT 1 FROM ")
        .push(&table.name);
    sql.push(&table.indexed_by(index)).push(" WHERE ");
    push_conditions(sql, table, count.target().tenant(), first, form);
    push_residue(sql, table, count);
    sql.push(" LIMIT ")
        .bind(Bound::Int(i64::try_from(*count.cap()).unwrap_or(i64::MAX)));
    sql.push(")) FROM ");
    push_spans(sql, count.spans(), positions);
}

/// Adds the conditions that only the document itself can satisfy, not the index.
fn push_residue<'a>(sql: &mut Sql<'a>, table: &Table, count: &'a Count) {
    if let Some((position, value)) = count.unless()
        && let Some(field) = table.declaration.fields.get(*position)
    {
        sql.push(" AND ")
            .push(&quoted(field.name))
            .push(" IS NOT ")
            .bind(Bound::Value(value));
    }
    if *count.undeleted() && !table.declaration.soft_delete {
        sql.push(" AND \"deleted_at\" IS NULL");
    }
    push_visible(sql, table, false, *count.now());
}
