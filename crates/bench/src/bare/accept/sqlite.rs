use std::cell::RefCell;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension, params};

use crate::raw::open_file;

const USER: &str = "SELECT * FROM users WHERE tenant_id = ? AND _id = ?";

const PARTS: &str = "SELECT conversation_id, role, visible_from, joined_seq, joined_at \
     FROM conversation_participants INDEXED BY conversation_participants_by_user \
     WHERE tenant_id = ? AND user_id = ? AND is_active = 1";

const HEAD: &str = "SELECT seq FROM messages INDEXED BY messages_by_seq \
     WHERE tenant_id = ? AND conversation_id = ? ORDER BY seq DESC LIMIT 1";

const SHOWN: &str = "SELECT seq, _id, created_at FROM messages INDEXED BY messages_by_shown \
     WHERE tenant_id = ? AND conversation_id = ? AND shown = 1 ORDER BY seq DESC LIMIT 1";

const OWN_HEAD: &str =
    "SELECT seq FROM user_log WHERE tenant_id = ? AND user_id = ? ORDER BY seq DESC LIMIT 1";

thread_local! {
    static OPEN: RefCell<Option<Connection>> = const { RefCell::new(None) };
}

/// Reads with a connection per thread.
pub(super) fn read(path: &Path, tenant: &str, user: &str) -> Vec<(String, i64)> {
    OPEN.with_borrow_mut(|open| {
        heads(open.get_or_insert_with(|| open_file(path)), tenant, user).expect("statements")
    })
}

fn heads(
    connection: &Connection,
    tenant: &str,
    user: &str,
) -> rusqlite::Result<Vec<(String, i64)>> {
    connection
        .prepare_cached(USER)?
        .query_row(params![tenant, user], |row| row.get::<_, String>("_id"))?;
    connection
        .prepare_cached(OWN_HEAD)?
        .query_row(params![tenant, user], |row| row.get::<_, i64>(0))
        .optional()?;
    let mut parts = connection.prepare_cached(PARTS)?;
    let logs = parts.query_map(params![tenant, user], |row| {
        row.get::<_, String>("conversation_id")
    })?;
    logs.map(|log| {
        let log = log?;
        let head = connection
            .prepare_cached(HEAD)?
            .query_row(params![tenant, log], |row| row.get(0))?;
        let mut shown = connection.prepare_cached(SHOWN)?;
        shown
            .query_row(params![tenant, log], |row| row.get::<_, i64>(0))
            .optional()?;
        Ok((log, head))
    })
    .collect()
}
