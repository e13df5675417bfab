use std::collections::HashMap;
use std::time::{Duration, Instant};

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use testkit::DataDir;

use super::{Layout, SAMPLE};
use crate::process;
use crate::raw::sqlite::open;
use crate::sample::{Sample, Watch, micros};

const SETTINGS: &str = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;";

/// The index of the plain layout.
const PLAIN: &str = "CREATE UNIQUE INDEX plain ON messages (conversation_id, seq)";

type Row = Vec<Value>;

/// Writes into a fresh file, `group` rows a synced commit.
pub(in crate::raw) fn insert(
    data_dir: &DataDir,
    layout: Layout,
    group: usize,
    length: Duration,
) -> Sample {
    let stored = open(data_dir.path());
    let (schema, rows) = match layout {
        Layout::Ours => (schema(&stored, "1"), rows(&stored)),
        Layout::Plain => (plain(&schema(&stored, "type = 'table'")), numbered(&stored)),
    };
    let watch = Watch::start(process::own());
    let until = Instant::now() + length;
    let mut took = Vec::new();
    let mut written = 0;
    while Instant::now() < until {
        let fresh = tempfile::tempdir_in(data_dir.path()).expect("a folder on the same disk");
        let bare = Connection::open(fresh.path().join("raw.db")).expect("a fresh file");
        bare.execute_batch(SETTINGS).expect("the server's settings");
        bare.execute_batch(&schema.join(";")).expect("the schema");
        for batch in rows.chunks(group).take_while(|_| Instant::now() < until) {
            let begun = Instant::now();
            commit(&bare, batch);
            took.push(micros(begun.elapsed()));
            written += batch.len();
        }
    }
    watch.stop(written, took)
}

fn commit(bare: &Connection, batch: &[Row]) {
    let places = vec!["?"; batch[0].len()].join(",");
    bare.execute_batch("BEGIN IMMEDIATE")
        .expect("a transaction");
    let mut statement = bare
        .prepare_cached(&format!("INSERT INTO messages VALUES ({places})"))
        .expect("an insert");
    for row in batch {
        statement.execute(params_from_iter(row)).expect("a new row");
    }
    bare.execute_batch("COMMIT").expect("a commit");
}

/// The server's commands that make the table and its indexes.
fn schema(stored: &Connection, which: &str) -> Vec<String> {
    let commands = format!(
        "SELECT sql FROM sqlite_schema WHERE tbl_name = 'messages' AND sql IS NOT NULL AND {which} ORDER BY type DESC"
    );
    let mut statement = stored.prepare(&commands).expect("the schema");
    let commands = statement
        .query_map([], |row| row.get(0))
        .expect("the schema");
    commands
        .map(|command| command.expect("a command"))
        .collect()
}

/// The table without the index of its key, and the plain index.
fn plain(table: &[String]) -> Vec<String> {
    let tables = table
        .iter()
        .map(|command| command.replace(" PRIMARY KEY", ""));
    tables.chain([PLAIN.to_owned()]).collect()
}

fn rows(stored: &Connection) -> Vec<Row> {
    let query =
        format!("SELECT * FROM messages WHERE kind = 'message' ORDER BY rowid DESC LIMIT {SAMPLE}");
    let mut statement = stored.prepare(&query).expect("the messages");
    let columns = statement.column_count();
    let rows = statement
        .query_map([], |row| {
            (0..columns).map(|column| row.get(column)).collect()
        })
        .expect("the messages");
    rows.map(|row| row.expect("a row")).collect()
}

/// The rows with a number for each conversation in place of its id.
fn numbered(stored: &Connection) -> Vec<Row> {
    let column = stored
        .prepare("SELECT * FROM messages")
        .and_then(|all| all.column_index("conversation_id"));
    let column = column.expect("the column");
    let mut rows = rows(stored);
    let mut numbers = HashMap::new();
    for row in &mut rows {
        let next = numbers.len() as i64;
        if let Value::Text(id) = &row[column] {
            row[column] = Value::Integer(*numbers.entry(id.clone()).or_insert(next));
        }
    }
    rows
}
