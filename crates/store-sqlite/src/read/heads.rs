use base::Timestamp;
use rusqlite::Result;
use store::statement::Heads;
use store::{Head, LogDecl, Shown};

use crate::catalogue::Table;
use crate::connection::Connection;
use crate::ddl::quoted;
use crate::plans::Seek;
use crate::row;
use crate::sql::{Bound, Sql, json_ids};

/// Returns the heads of logs with one statement, with two index searches per log.
pub(crate) fn heads(
    connection: &Connection,
    table: &Table,
    log: &LogDecl,
    heads: &Heads,
) -> Result<Vec<Head>> {
    let tenant = heads
        .target()
        .tenant()
        .map(|tenant| tenant.to_string())
        .unwrap_or_default();
    let seq = quoted(log.seq);
    let mut sql = Sql::new(format!(
        "SELECT log.value, head.{seq}, head.\"created_at\", shown.{seq}, shown.\"_id\", shown.\"created_at\" FROM json_each(",
    ));
    sql.bind(Bound::Text(json_ids(heads.logs()).into()))
        .push(") AS log");
    sql.push(" CROSS JOIN ")
        .push(&table.name)
        .push(" AS head ON head.rowid = ");
    push_last(&mut sql, table, log, log.fence, &tenant);
    sql.push(" LEFT JOIN ")
        .push(&table.name)
        .push(" AS shown ON shown.rowid = ");
    push_last(&mut sql, table, log, log.timeline, &tenant);
    sql.query(connection, |row| {
        let shown = match row.get::<_, Option<i64>>(3)? {
            Some(seq) => Some(Shown {
                seq,
                id: row::id(row, 4)?,
                created_at: Timestamp::from_millis(row.get(5)?),
            }),
            None => None,
        };
        let created_at = Timestamp::from_millis(row.get(2)?);
        Ok(Head {
            log: row::id(row, 0)?,
            seq: row.get(1)?,
            created_at,
            shown,
        })
    })
}

/// Adds the search for the last record of a log in one of its two indexes.
fn push_last<'a>(
    sql: &mut Sql<'a>,
    table: &Table,
    log: &LogDecl,
    index: &'static str,
    tenant: &'a str,
) {
    let Some(index) = table.declaration.index(index) else {
        return;
    };
    let key = quoted(log.key);
    let shown = quoted(log.shown);
    let mut terms = vec!["tenant_id=?".to_owned(), format!("{}=?", log.key)];
    sql.push("(SELECT rowid FROM ")
        .push(&table.name)
        .push(&table.indexed_by(index));
    sql.push(" WHERE \"tenant_id\" = ")
        .bind(Bound::text(tenant))
        .push(" AND ")
        .push(&key)
        .push(" = log.value");
    if index.name == log.timeline {
        sql.push(" AND ").push(&shown).push(" = 1");
        terms.push(format!("{}=?", log.shown));
    }
    sql.push(" ORDER BY ")
        .push(&quoted(log.seq))
        .push(" DESC LIMIT 1)");
    sql.expect(Seek::new(
        crate::ddl::index_name(table.declaration, index),
        terms,
    ));
}
