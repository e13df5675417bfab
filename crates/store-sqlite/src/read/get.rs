use rusqlite::Result;
use store::Row;
use store::statement::Get;

use super::push_visible;
use crate::catalogue::Table;
use crate::connection::Connection;
use crate::plans::Seek;
use crate::row;
use crate::sql::{Bound, Sql, json_ids};

/// Returns documents by their ids.
pub(crate) fn get(connection: &Connection, table: &Table, get: &Get) -> Result<Vec<Row>> {
    let mut sql = Sql::new(table.select.as_str());
    match get.ids().as_slice() {
        [id] => sql.push(" WHERE \"_id\" = ").bind(Bound::Id(*id)),
        ids => {
            sql.push(" WHERE \"_id\" IN (SELECT value FROM json_each(");
            sql.bind(Bound::Text(json_ids(ids).into())).push("))")
        }
    };
    if let Some(tenant) = get.target().tenant() {
        // The unary plus keeps the plan on the ids and off the indexes that begin with the tenant.
        sql.push(" AND +\"tenant_id\" = ")
            .bind(Bound::Text(tenant.to_string().into()));
    }
    push_visible(&mut sql, table, *get.deleted(), *get.now());
    sql.expect(Seek::by_id(table.declaration.name));
    sql.query(connection, |row| row::read(table.declaration, row))
}
