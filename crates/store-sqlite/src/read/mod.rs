//! Read statements.

mod count;
mod due;
mod get;
mod group_count;
mod heads;
mod index_only;
mod list;
mod list_each;
mod spans;

pub(crate) use count::count;
pub(crate) use due::due;
pub(crate) use get::get;
pub(crate) use group_count::tally;
pub(crate) use heads::heads;
pub(crate) use index_only::covered;
pub(crate) use list::list;
pub(crate) use list_each::list_each;

use base::Timestamp;

use crate::catalogue::Table;
use crate::ddl::quoted;
use crate::sql::{Bound, Sql};

/// Adds conditions that exclude expired documents and, unless `deleted`, soft-deleted ones.
fn push_visible(sql: &mut Sql<'_>, table: &Table, deleted: bool, now: Timestamp) {
    if table.declaration.soft_delete && !deleted {
        sql.push(" AND \"deleted_at\" IS NULL");
    }
    if let Some(expires) = table.declaration.expires {
        // As an expression that no index serves, so that it does not change the plan.
        sql.push(" AND coalesce(")
            .push(&quoted(expires))
            .push(" > ")
            .bind(Bound::Int(now.millis()))
            .push(", 1)");
    }
}
