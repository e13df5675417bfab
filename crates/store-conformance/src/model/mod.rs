mod order;
mod read;
mod write;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use base::{ObjectId, TenantId};
use parking_lot::Mutex;
use tokio::sync::broadcast;

use store::ChangeEvent;
use store::Declaration;
use store::Row;
use store::Stats;
use store::Value;
use store::partition::Partition;
use store::statement::{Commit, Count, Covered, Due, Get, GroupCount, Head, Heads, List, ListEach};
use store::{Cause, CommitError, Engine, ReadError};

/// Simplest engine that implements the port: all data in memory, every statement scans the whole
/// collection. Other engines are compared with it, and the sequencer's own tests use it.
#[derive(Debug, Default)]
pub struct Model {
    tables: Mutex<Tables>,
    closed: AtomicBool,
    stats: Stats,
}

type Tables = HashMap<(Partition, &'static str), Table>;
type Table = BTreeMap<ObjectId, Stored>;

#[derive(Debug, Clone)]
struct Stored {
    tenant: Option<TenantId>,
    row: Arc<Row>,
}

#[derive(Debug, thiserror::Error)]
#[error("the model is closed")]
struct Closed;

impl Model {
    /// Creates an empty model.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn open(&self) -> Result<(), Cause> {
        if self.closed.load(Ordering::SeqCst) {
            Err(Arc::new(Closed))
        } else {
            Ok(())
        }
    }

    fn read<T>(&self, answer: impl FnOnce(&Tables) -> T) -> Result<T, ReadError> {
        self.open().map_err(ReadError::Unavailable)?;
        self.stats.reads.add(1);
        Ok(answer(&self.tables.lock()))
    }
}

#[async_trait]
impl Engine for Model {
    async fn get(&self, get: Get) -> Result<Vec<Row>, ReadError> {
        self.read(|tables| read::get(tables, &get))
    }

    async fn list(&self, list: List) -> Result<Vec<Row>, ReadError> {
        self.read(|tables| read::list(tables, &list))
    }

    async fn list_each(&self, list: ListEach) -> Result<Vec<Row>, ReadError> {
        self.read(|tables| read::list_each(tables, &list))
    }

    async fn covered(&self, covered: Covered) -> Result<Vec<Vec<Value>>, ReadError> {
        self.read(|tables| read::covered(tables, &covered))
    }

    async fn count(&self, count: Count) -> Result<Vec<usize>, ReadError> {
        self.read(|tables| read::count(tables, &count))
    }

    async fn tally(&self, tally: GroupCount) -> Result<Vec<(Option<Value>, usize)>, ReadError> {
        self.read(|tables| read::tally(tables, &tally))
    }

    async fn heads(&self, heads: Heads) -> Result<Vec<Head>, ReadError> {
        self.read(|tables| read::heads(tables, &heads))
    }

    async fn due(&self, due: Due) -> Result<Vec<(TenantId, ObjectId)>, ReadError> {
        self.read(|tables| read::due(tables, &due))
    }

    async fn commit(&self, commit: Commit) -> Result<(), CommitError> {
        self.open().map_err(CommitError::Unavailable)?;
        self.stats.commits.add(1);
        self.stats.groups.add(1);
        self.stats.grouped.add(1);
        write::commit(&mut self.tables.lock(), &commit)
    }

    async fn migrate(&self, _place: Partition) -> Result<(), ReadError> {
        self.open().map_err(ReadError::Unavailable)
    }

    fn watch(&self) -> Option<broadcast::Receiver<Arc<ChangeEvent>>> {
        None
    }

    fn stats(&self) -> &Stats {
        &self.stats
    }

    fn schema(&self, _catalogue: &[&'static Declaration]) -> Vec<String> {
        Vec::new()
    }

    async fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
    }
}
