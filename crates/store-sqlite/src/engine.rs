use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use base::{ObjectId, TenantId};
use parking_lot::Mutex;
use rusqlite::Result as SqlResult;
use store::statement::{Commit, Count, Covered, Due, Get, GroupCount, Heads, List, ListEach};
use store::{
    ChangeEvent, CommitError, Declaration, Engine, Head, Partition, ReadError, Row, Stats, Value,
};
use tokio::sync::{broadcast, oneshot};

use crate::catalogue::{Catalogue, Table};
use crate::checkpoint::Checkpointer;
use crate::connection::Connection;
use crate::db_file_kind::DbFileKind;
use crate::file::Common;
use crate::file_pool::FilePool;
use crate::health::Health;
use crate::plans::Plans;
use crate::read_pool::read;
use crate::verify::verify;
use crate::writer::{Job, NotTaken};
use crate::{ddl, failure, read as statements};

/// Options of [`SqliteEngine::open`].
#[derive(Debug)]
pub struct Options {
    /// Directory of the files; created if it does not exist.
    pub data_dir: PathBuf,
    /// All declared collections.
    pub catalogue: Vec<&'static Declaration>,
    /// Maximum number of files that are open at the same time, at least 1.
    pub open_files: usize,
}

/// Error of [`SqliteEngine::open`].
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The data directory cannot be used.
    #[error("cannot use the data directory {0}: {1}")]
    DataDir(PathBuf, #[source] std::io::Error),
    /// A thread could not be started.
    #[error("cannot start a thread: {0}")]
    Thread(#[source] std::io::Error),
    /// A database file cannot be used.
    #[error(transparent)]
    File(Box<dyn std::error::Error + Send + Sync>),
}

/// Embedded storage engine on `SQLite`.
pub struct SqliteEngine {
    common: Arc<Common>,
    files: FilePool,
}

impl std::fmt::Debug for SqliteEngine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SqliteEngine({})", self.common.data_dir.display())
    }
}

impl SqliteEngine {
    /// Opens the engine on a data directory. Files of all tenants are checked now, files of single
    /// tenants at their first use. Blocks.
    ///
    /// # Errors
    /// Fails with [`OpenError`] if the directory or one of the checked files cannot be used, or if
    /// a thread cannot be started.
    pub fn open(options: Options) -> Result<Arc<Self>, OpenError> {
        let Options {
            data_dir,
            catalogue,
            open_files,
        } = options;
        std::fs::create_dir_all(&data_dir)
            .map_err(|error| OpenError::DataDir(data_dir.clone(), error))?;
        let health = Health::new(&data_dir);
        let common = Arc::new(Common {
            data_dir,
            health,
            verified: Mutex::default(),
            catalogue: Arc::new(Catalogue::new(&catalogue)),
            stats: Arc::default(),
            checkpointer: Checkpointer::start().map_err(OpenError::Thread)?,
            plans: Plans::from_environment().map(Arc::new),
        });
        for location in DbFileKind::OF_ALL_TENANTS {
            verify(&common.site(location))
                .map_err(|unusable| OpenError::File(Box::new(unusable)))?;
        }
        Ok(Arc::new(Self {
            files: FilePool::new(Arc::clone(&common), open_files),
            common,
        }))
    }

    /// Returns the path of the platform file if it is missing although other files of the data
    /// directory exist. The other files are meaningless without it.
    #[must_use]
    pub fn missing_file(data_dir: &Path) -> Option<PathBuf> {
        let platform = DbFileKind::Durable(Partition::Platform).path(data_dir);
        let others = [Partition::Shared, Partition::Analytics]
            .map(|partition| DbFileKind::Durable(partition).path(data_dir));
        (!platform.exists() && others.iter().any(|other| other.exists())).then_some(platform)
    }

    /// Records that a file cannot be used if this is the cause of the error.
    fn note(&self, location: DbFileKind, error: &CommitError) {
        if let CommitError::Halted(cause) = error {
            self.common
                .health
                .halted(location.path(&self.common.data_dir), cause);
        }
    }

    async fn write(&self, location: DbFileKind, commit: Commit) -> Result<(), CommitError> {
        let lease = self.files.for_writing(location).await?;
        let (answer, answered) = oneshot::channel();
        let jobs = lease.file().writer().jobs();
        let pushed = jobs.push(Job {
            commit,
            answer,
            lease,
        });
        // Otherwise a waiting caller would keep the writer from ending.
        drop(jobs);
        if let Err(refused) = pushed {
            if matches!(refused, NotTaken::Gone) {
                self.files.forget(location);
            }
            return Err(CommitError::Unavailable(Arc::new(refused)));
        }
        answered
            .await
            .unwrap_or_else(|dropped| Err(CommitError::OutcomeUnknown(Arc::new(dropped))))
    }

    /// Reads from the file of a collection. Returns the default value if the file does not exist
    /// yet.
    async fn read<T: Default + Send + 'static>(
        &self,
        partition: Partition,
        declaration: &'static Declaration,
        work: impl FnOnce(&Connection, &Table) -> SqlResult<T> + Send + 'static,
    ) -> Result<T, ReadError> {
        self.common.stats.reads.add(1);
        let location = DbFileKind::of(partition, declaration.durability);
        let catalogue = Arc::clone(&self.common.catalogue);
        let work = move |connection: &Connection| {
            let table = catalogue.table(declaration).map_err(failure::broken)?;
            work(connection, table).map_err(failure::of_read)
        };
        let found = match self.files.for_reading(location).await {
            Ok(Some(lease)) => read(lease, work).await,
            Ok(None) => Ok(T::default()),
            Err(error) => Err(error),
        };
        found.inspect_err(|error| self.note(location, &error.clone().into()))
    }
}

#[async_trait]
impl Engine for SqliteEngine {
    async fn get(&self, get: Get) -> Result<Vec<Row>, ReadError> {
        let target = *get.target();
        let work =
            move |connection: &Connection, table: &Table| statements::get(connection, table, &get);
        self.read(target.partition(), target.declaration(), work)
            .await
    }

    async fn list(&self, list: List) -> Result<Vec<Row>, ReadError> {
        let target = *list.target();
        let work = move |connection: &Connection, table: &Table| {
            statements::list(connection, table, &list)
        };
        self.read(target.partition(), target.declaration(), work)
            .await
    }

    async fn list_each(&self, list: ListEach) -> Result<Vec<Row>, ReadError> {
        let target = *list.target();
        let work = move |connection: &Connection, table: &Table| {
            statements::list_each(connection, table, &list)
        };
        self.read(target.partition(), target.declaration(), work)
            .await
    }

    async fn covered(&self, covered: Covered) -> Result<Vec<Vec<Value>>, ReadError> {
        let target = *covered.target();
        let work = move |connection: &Connection, table: &Table| {
            statements::covered(connection, table, &covered)
        };
        self.read(target.partition(), target.declaration(), work)
            .await
    }

    async fn count(&self, count: Count) -> Result<Vec<usize>, ReadError> {
        let target = *count.target();
        let spans = count.spans().len();
        let work = move |connection: &Connection, table: &Table| {
            statements::count(connection, table, &count)
        };
        let mut counts = self
            .read(target.partition(), target.declaration(), work)
            .await?;
        counts.resize(spans, 0);
        Ok(counts)
    }

    async fn tally(&self, tally: GroupCount) -> Result<Vec<(Option<Value>, usize)>, ReadError> {
        let target = *tally.target();
        let work = move |connection: &Connection, table: &Table| {
            statements::tally(connection, table, &tally)
        };
        self.read(target.partition(), target.declaration(), work)
            .await
    }

    async fn heads(&self, heads: Heads) -> Result<Vec<Head>, ReadError> {
        let target = *heads.target();
        let Some(log) = target.declaration().log else {
            return Ok(Vec::new());
        };
        let work = move |connection: &Connection, table: &Table| {
            statements::heads(connection, table, &log, &heads)
        };
        self.read(target.partition(), target.declaration(), work)
            .await
    }

    async fn due(&self, due: Due) -> Result<Vec<(TenantId, ObjectId)>, ReadError> {
        let partition = *due.partition();
        let declaration = *due.declaration();
        let work =
            move |connection: &Connection, table: &Table| statements::due(connection, table, &due);
        self.read(partition, declaration, work).await
    }

    async fn commit(&self, commit: Commit) -> Result<(), CommitError> {
        self.common.stats.commits.add(1);
        let location = DbFileKind::of(*commit.partition(), *commit.durability());
        self.write(location, commit)
            .await
            .inspect_err(|error| self.note(location, error))
    }

    async fn ready(&self) -> Result<(), ReadError> {
        let common = Arc::clone(&self.common);
        tokio::task::spawn_blocking(move || common.health.ready())
            .await
            .map_err(failure::broken)?
    }

    async fn migrate(&self, partition: Partition) -> Result<(), ReadError> {
        self.files
            .for_writing(DbFileKind::Durable(partition))
            .await?;
        if partition != Partition::Platform {
            self.files.for_writing(DbFileKind::Ephemeral).await?;
        }
        Ok(())
    }

    fn watch(&self) -> Option<broadcast::Receiver<Arc<ChangeEvent>>> {
        None
    }

    fn stats(&self) -> &Stats {
        &self.common.stats
    }

    fn schema(&self, catalogue: &[&'static Declaration]) -> Vec<String> {
        ddl::schema(catalogue)
    }

    async fn close(&self) {
        self.files.close().await;
    }
}
