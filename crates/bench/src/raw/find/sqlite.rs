use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Statement, params};
use testkit::DataDir;

use super::{PAGE, Wanted};
use crate::process;
use crate::raw::sqlite::open;
use crate::sample::{Sample, Watch, micros};

const FIND: &str = "SELECT * FROM messages INDEXED BY messages_by_shown \
     WHERE tenant_id = ? AND conversation_id = ? AND shown = 1 AND seq < ? ORDER BY seq DESC LIMIT ?";

/// Finds pages in the server's file, one thread a core, each with a connection of its own.
pub(in crate::raw) fn find(data_dir: &DataDir, wanted: &[Wanted], length: Duration) -> Sample {
    let watch = Watch::start(process::own());
    let until = Instant::now() + length;
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let took: Vec<f64> = thread::scope(|scope| {
        let threads: Vec<_> = (0..cores)
            .map(|_| scope.spawn(|| go_on(data_dir, wanted, until)))
            .collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().expect("a reader ends"))
            .collect()
    });
    watch.stop(took.len(), took)
}

fn go_on(data_dir: &DataDir, wanted: &[Wanted], until: Instant) -> Vec<f64> {
    let connection = open(data_dir.path());
    let mut statement = connection.prepare(FIND).expect("the server's schema");
    let mut took = Vec::new();
    let mut pages = wanted.iter().cycle();
    while let Some(page) = pages.next().filter(|_| Instant::now() < until) {
        let begun = Instant::now();
        read(&mut statement, page);
        took.push(micros(begun.elapsed()));
    }
    took
}

fn read(statement: &mut Statement<'_>, page: &Wanted) {
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
