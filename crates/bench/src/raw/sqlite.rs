use std::path::Path;

use rusqlite::{Connection, OpenFlags};

/// The file of the tenants that share one, for reading.
pub fn open(folder: &Path) -> Connection {
    let path = folder.join("caas_shared.db");
    Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("the server's file")
}
