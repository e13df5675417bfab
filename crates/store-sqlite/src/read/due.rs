use base::{ObjectId, TenantId};
use rusqlite::Result;
use store::Scope;
use store::statement::Due;

use crate::catalogue::Table;
use crate::connection::Connection;
use crate::ddl::{quoted, time_index_name};
use crate::plans::Seek;
use crate::row;
use crate::sql::{Bound, Sql};

/// Returns documents of all tenants that are due, the earliest first.
pub(crate) fn due(
    connection: &Connection,
    table: &Table,
    due: &Due,
) -> Result<Vec<(TenantId, ObjectId)>> {
    if table.declaration.scope != Scope::Tenant {
        return Ok(Vec::new());
    }
    let index = time_index_name(table.declaration, due.field());
    let field = quoted(due.field());
    let mut sql = Sql::new("SELECT \"tenant_id\", \"_id\" FROM ");
    sql.push(&table.name)
        .push(" INDEXED BY ")
        .push(&quoted(&index))
        .push(" WHERE ")
        .push(&field);
    sql.push(" <= ")
        .bind(Bound::Int(due.now().millis()))
        .push(" ORDER BY ")
        .push(&field);
    sql.push(" LIMIT ")
        .bind(Bound::Int(i64::try_from(*due.limit()).unwrap_or(i64::MAX)));
    sql.expect(Seek::new(index, vec![format!("{}<?", due.field())]));
    sql.query(connection, |row| {
        Ok((row::tenant(row, 0)?, row::id(row, 1)?))
    })
}
