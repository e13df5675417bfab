//! Statements on SQLite.

use std::collections::HashMap;
use std::hint::black_box;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, Statement, params, params_from_iter};
use testkit::DataDir;

use super::{Layout, PAGE, PageQuery, SAMPLE};
use crate::process;
use crate::sample::{Sample, Watch, micros};

/// Opens the file of the shared database for reading.
pub fn open(path: &Path) -> Connection {
    let path = path.join("caas_shared.db");
    Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("the server's file")
}

const FIND: &str = "SELECT * FROM messages INDEXED BY messages_by_shown \
     WHERE tenant_id = ? AND conversation_id = ? AND shown = 1 AND seq < ? ORDER BY seq DESC LIMIT ?";

/// Reads pages of the server's file with one thread and connection per core.
pub(super) fn find(data_dir: &DataDir, queries: &[PageQuery], length: Duration) -> Sample {
    let watch = Watch::start(process::own());
    let until = Instant::now() + length;
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let durations: Vec<f64> = thread::scope(|scope| {
        let threads: Vec<_> = (0..cores)
            .map(|_| scope.spawn(|| run_client(data_dir, queries, until)))
            .collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().expect("a reader ends"))
            .collect()
    });
    watch.stop(durations.len(), durations)
}

fn run_client(data_dir: &DataDir, queries: &[PageQuery], until: Instant) -> Vec<f64> {
    let connection = open(data_dir.path());
    let mut statement = connection.prepare(FIND).expect("the server's schema");
    let mut durations = Vec::new();
    let mut pages = queries.iter().cycle();
    while let Some(page) = pages.next().filter(|_| Instant::now() < until) {
        let started = Instant::now();
        read(&mut statement, page);
        durations.push(micros(started.elapsed()));
    }
    durations
}

fn read(statement: &mut Statement<'_>, page: &PageQuery) {
    let columns = statement.column_count();
    let mut rows = statement
        .query(params![page.tenant, page.conversation, page.before, PAGE])
        .expect("a query");
    let mut found = 0;
    while let Some(row) = rows.next().expect("a row") {
        for column in 0..columns {
            black_box(row.get_ref(column).expect("a column"));
        }
        found += 1;
    }
    assert_eq!(found, PAGE, "the page is full");
}

const SETTINGS: &str = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;";

/// Index of the plain layout.
const PLAIN: &str = "CREATE UNIQUE INDEX plain ON messages (conversation_id, seq)";

type Row = Vec<Value>;

/// Writes to a new file, `group` rows per durable commit.
pub(super) fn insert(data_dir: &DataDir, layout: Layout, group: usize, length: Duration) -> Sample {
    let stored = open(data_dir.path());
    let (schema, rows) = match layout {
        Layout::Ours => (schema(&stored, "1"), rows(&stored)),
        Layout::Plain => (plain(&schema(&stored, "type = 'table'")), numbered(&stored)),
    };
    let watch = Watch::start(process::own());
    let until = Instant::now() + length;
    let mut durations = Vec::new();
    let mut written = 0;
    while Instant::now() < until {
        let fresh = tempfile::tempdir_in(data_dir.path()).expect("a folder on the same disk");
        let bare = Connection::open(fresh.path().join("raw.db")).expect("a fresh file");
        bare.execute_batch(SETTINGS).expect("the server's settings");
        bare.execute_batch(&schema.join(";")).expect("the schema");
        for batch in rows.chunks(group).take_while(|_| Instant::now() < until) {
            let started = Instant::now();
            commit(&bare, batch);
            durations.push(micros(started.elapsed()));
            written += batch.len();
        }
    }
    watch.stop(written, durations)
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

/// Returns the statements that create the table and its indexes.
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

/// Returns the table without its primary key, and the plain index.
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

/// Returns the rows with conversation ids replaced by integers.
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
