use rusqlite::{Connection, OpenFlags};
use testkit::Home;

/// The file of the tenants that share one, for reading.
pub(super) fn open(home: &Home) -> Connection {
    let path = home.folder().join("caas_shared.db");
    Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("the server's file")
}
