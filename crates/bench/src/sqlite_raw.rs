use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, params_from_iter};

/// Rows that are read to be written again.
const SAMPLE: usize = 20_000;

/// Writes the messages that the server stored into a fresh file with the same
/// table and indexes, `group` rows a synced commit, and answers rows a second.
pub fn rate(folder: &Path, group: usize, length: Duration) -> f64 {
    let stored = Connection::open_with_flags(folder.join("caas_shared.db"), OpenFlags::SQLITE_OPEN_READ_ONLY)
        .expect("the server's file");
    let schema = schema(&stored);
    let rows = rows(&stored);
    let fresh = tempfile::tempdir_in(folder).expect("a folder on the same disk");
    let bare = Connection::open(fresh.path().join("raw.db")).expect("a fresh file");
    bare.execute_batch("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;")
        .expect("the server's settings");
    bare.execute_batch(&schema.join(";")).expect("the server's schema");
    let (mut written, begun) = (0, Instant::now());
    for batch in rows.chunks(group) {
        if begun.elapsed() > length {
            break;
        }
        insert(&bare, batch);
        written += batch.len();
    }
    written as f64 / begun.elapsed().as_secs_f64()
}

fn insert(bare: &Connection, batch: &[Vec<Value>]) {
    let places = vec!["?"; batch[0].len()].join(",");
    bare.execute_batch("BEGIN IMMEDIATE").expect("a transaction");
    let mut statement = bare.prepare_cached(&format!("INSERT INTO messages VALUES ({places})")).expect("an insert");
    for row in batch {
        statement.execute(params_from_iter(row)).expect("a new row");
    }
    bare.execute_batch("COMMIT").expect("a commit");
}

fn schema(stored: &Connection) -> Vec<String> {
    let mut statement = stored
        .prepare("SELECT sql FROM sqlite_schema WHERE tbl_name = 'messages' AND sql IS NOT NULL ORDER BY type DESC")
        .expect("the schema");
    let commands = statement.query_map([], |row| row.get(0)).expect("the schema");
    commands.map(|command| command.expect("a command")).collect()
}

fn rows(stored: &Connection) -> Vec<Vec<Value>> {
    let mut statement =
        stored.prepare(&format!("SELECT * FROM messages ORDER BY rowid DESC LIMIT {SAMPLE}")).expect("the messages");
    let columns = statement.column_count();
    let rows =
        statement.query_map([], |row| (0..columns).map(|column| row.get(column)).collect()).expect("the messages");
    rows.map(|row| row.expect("a row")).collect()
}
