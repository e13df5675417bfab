use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use async_trait::async_trait;
use base::{ObjectId, TenantId};
use mongodb::Client;
use mongodb::bson::Document;
use store::statement::{Commit, Count, Covered, Due, Get, GroupCount, Head, Heads, List, ListEach};
use store::{
    ChangeEvent, CommitError, Declaration, Engine, Partition, ReadError, Row, Stats, Value,
};
use tokio::sync::{Semaphore, broadcast};

use crate::commit::{Groups, IncrementLocks};
use crate::namespace::Namespaces;
use crate::plans::Plans;
use crate::queues::{Queues, Shards};
use crate::read::Reads;
use crate::schema::{self, Touched, migrate};
use crate::watch::Watch;

/// Store engine on a `MongoDB` replica set, created by [`MongoEngine::connect`].
pub struct MongoEngine {
    pub(crate) client: Client,
    pub(crate) names: Namespaces,
    catalogue: Vec<&'static Declaration>,
    pub(crate) touched: Touched,
    pub(crate) groups: Arc<Groups>,
    pub(crate) reads: Reads,
    /// Permits of single writes: half of the connections.
    pub(crate) singles: Semaphore,
    pub(crate) turns: IncrementLocks,
    watch: Option<Watch>,
    pub(crate) stats: Arc<Stats>,
    plans: Option<Plans>,
    closed: AtomicBool,
    this: Weak<Self>,
}

impl fmt::Debug for MongoEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MongoEngine")
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the store is closed")]
struct Closed;

impl MongoEngine {
    pub(crate) fn new(
        client: Client,
        names: Namespaces,
        catalogue: Vec<&'static Declaration>,
        watch: Option<Watch>,
        stats: Arc<Stats>,
        connections: u32,
    ) -> Arc<Self> {
        let touched = Touched::default();
        let groups = Queues::new(Shards::OfEach);
        let closed = AtomicBool::new(false);
        let plans = Plans::from_environment();
        Arc::new_cyclic(|this| Self {
            client,
            names,
            catalogue,
            touched,
            groups: Arc::new(groups),
            reads: Queues::new(Shards::OfAll),
            singles: Semaphore::new(usize::try_from(connections / 2).unwrap_or(1).max(1)),
            turns: IncrementLocks::default(),
            watch,
            stats,
            plans,
            closed,
            this: Weak::clone(this),
        })
    }

    /// Runs a read in its own task. The driver closes the connection of a cancelled command, so
    /// requests that disconnect would drain the pool.
    async fn to_its_end<T, F>(&self, read: impl FnOnce(Arc<Self>) -> F) -> Result<T, ReadError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, ReadError>> + Send + 'static,
    {
        let read = tokio::spawn(read(self.this()?)).await;
        read.unwrap_or_else(|cut_off| Err(ReadError::Unavailable(Arc::new(cut_off))))
    }

    pub(crate) fn this(&self) -> Result<Arc<Self>, ReadError> {
        self.this
            .upgrade()
            .ok_or_else(|| ReadError::Unavailable(Arc::new(Closed)))
    }

    fn open(&self) -> Result<(), ReadError> {
        if self.closed.load(Ordering::Acquire) {
            Err(ReadError::Unavailable(Arc::new(Closed)))
        } else {
            Ok(())
        }
    }

    /// Prepares a partition for reading. Reads of a partition without collections return nothing,
    /// so they do not create any; existing collections are migrated.
    pub(crate) async fn before_reading(&self, partition: Partition) -> Result<(), ReadError> {
        self.open()?;
        let prepare = async {
            if migrate::exists(&self.names, &self.catalogue, partition).await? {
                self.before_writing(partition).await?;
            }
            Ok(())
        };
        self.touched.before_reading(partition, prepare).await
    }

    pub(crate) async fn before_writing(&self, partition: Partition) -> Result<(), ReadError> {
        self.open()?;
        self.touched
            .before_writing(
                partition,
                migrate::migrate(&self.names, &self.catalogue, partition),
            )
            .await
    }

    /// Records the plan of a command if the plan check is enabled.
    pub(crate) async fn record(
        &self,
        partition: Partition,
        declaration: &Declaration,
        command: impl FnOnce() -> Document + Send,
    ) {
        if let Some(plans) = &self.plans {
            plans
                .record(&self.names.database(partition), declaration, command())
                .await;
        }
    }
}

#[async_trait]
impl Engine for MongoEngine {
    async fn get(&self, get: Get) -> Result<Vec<Row>, ReadError> {
        self.to_its_end(|this| async move { this.get_rows(get).await })
            .await
    }

    async fn list(&self, list: List) -> Result<Vec<Row>, ReadError> {
        match self.list_near(&list).await? {
            Some(rows) => Ok(rows),
            None => {
                self.to_its_end(|this| async move { this.list_rows(list).await })
                    .await
            }
        }
    }

    async fn list_each(&self, list: ListEach) -> Result<Vec<Row>, ReadError> {
        self.to_its_end(|this| async move { this.list_spans(list).await })
            .await
    }

    async fn covered(&self, covered: Covered) -> Result<Vec<Vec<Value>>, ReadError> {
        self.to_its_end(|this| async move { this.covered_fields(covered).await })
            .await
    }

    async fn count(&self, count: Count) -> Result<Vec<usize>, ReadError> {
        self.to_its_end(|this| async move { this.count_spans(count).await })
            .await
    }

    async fn tally(&self, tally: GroupCount) -> Result<Vec<(Option<Value>, usize)>, ReadError> {
        self.to_its_end(|this| async move { this.tally_span(tally).await })
            .await
    }

    async fn heads(&self, heads: Heads) -> Result<Vec<Head>, ReadError> {
        self.to_its_end(|this| async move { this.heads_of(heads).await })
            .await
    }

    async fn due(&self, due: Due) -> Result<Vec<(TenantId, ObjectId)>, ReadError> {
        self.to_its_end(|this| async move { this.due_documents(due).await })
            .await
    }

    async fn commit(&self, commit: Commit) -> Result<(), CommitError> {
        self.write(commit).await
    }

    async fn migrate(&self, partition: Partition) -> Result<(), ReadError> {
        self.touched.forget(partition);
        self.before_writing(partition).await
    }

    fn watch(&self) -> Option<broadcast::Receiver<Arc<ChangeEvent>>> {
        self.watch.as_ref().map(Watch::subscribe)
    }

    fn stats(&self) -> &Stats {
        &self.stats
    }

    fn schema(&self, catalogue: &[&'static Declaration]) -> Vec<String> {
        schema::schema(self.names.prefix(), catalogue)
    }

    async fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.groups.idle().await;
        self.watch.iter().for_each(Watch::stop);
    }
}
