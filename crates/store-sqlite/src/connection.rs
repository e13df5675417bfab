use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{CachedStatement, ErrorCode, OpenFlags, Result, ffi};
use store::Durability;

use crate::db_file_kind::DbFileKind;
use crate::ddl::quoted;
use crate::plans::{Plans, Seek};

/// Timeout of a statement that waits for another writing connection or process.
const BUSY: Duration = Duration::from_secs(5);

/// Timeout of a checkpoint that waits for readers while the writer waits for the checkpoint.
const CHECKPOINT_BUSY: Duration = Duration::from_millis(10);

/// `application_id` that identifies the files of this project: `caas` in ASCII.
const APPLICATION_ID: i32 = 0x6361_6173;

/// Prepared statements that are cached per connection.
const STATEMENTS: usize = 128;

/// Delay between two attempts to switch a file to write-ahead logging.
const PAUSE: Duration = Duration::from_millis(5);

/// File with the parameters of its connections.
#[derive(Clone)]
pub(crate) struct DbFile {
    pub(crate) location: DbFileKind,
    pub(crate) path: PathBuf,
    pub(crate) plans: Option<Arc<Plans>>,
}

/// Connection with its prepared statements.
pub(crate) struct Connection {
    raw: rusqlite::Connection,
    plans: Option<Arc<Plans>>,
}

impl Connection {
    /// Opens a connection for writing and creates the file if it does not exist.
    pub(crate) fn writing(site: &DbFile) -> Result<Self> {
        let connection = Self::open(site, OpenFlags::SQLITE_OPEN_CREATE)?;
        connection.use_write_ahead_log()?;
        connection.make_durable(site)?;
        Ok(connection)
    }

    /// Opens a connection that checkpoints the write-ahead log.
    pub(crate) fn checkpointing(site: &DbFile) -> Result<Self> {
        let connection = Self::open(site, OpenFlags::empty())?;
        connection.make_durable(site)?;
        connection.raw.busy_timeout(CHECKPOINT_BUSY)?;
        Ok(connection)
    }

    /// Opens a read-only connection to an existing file.
    pub(crate) fn reading(site: &DbFile) -> Result<Self> {
        let connection = Self::open(site, OpenFlags::empty())?;
        connection.raw.pragma_update(None, "query_only", "ON")?;
        Ok(connection)
    }

    /// Checks the integrity of the file. Fails with `SQLITE_CORRUPT` if the file is damaged.
    pub(crate) fn check(&self) -> Result<()> {
        let told: String = self
            .raw
            .pragma_query_value(None, "quick_check", |row| row.get(0))?;
        let torn = || {
            rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_CORRUPT), Some(told.clone()))
        };
        if told == "ok" { Ok(()) } else { Err(torn()) }
    }

    /// Reads the schema and the first row of each table. Fails if one of them cannot be read.
    pub(crate) fn check_schema(&self) -> Result<()> {
        let mut statement = self
            .raw
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?;
        let tables: Vec<String> = statement
            .query_map([], |row| row.get(0))?
            .collect::<Result<_>>()?;
        for table in tables {
            self.raw
                .prepare(&format!("SELECT * FROM {} LIMIT 1", quoted(&table)))?
                .exists([])?;
        }
        Ok(())
    }

    /// Writes the first page of an empty file. Blocks.
    pub(crate) fn make_file(path: &Path) -> Result<()> {
        let raw = rusqlite::Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        // The caller syncs the file before the file gets its final name.
        raw.pragma_update(None, "journal_mode", "OFF")?;
        raw.pragma_update(None, "synchronous", "OFF")?;
        raw.pragma_update(None, "application_id", APPLICATION_ID)?;
        raw.close().map_err(|(_, error)| error)
    }

    fn make_durable(&self, site: &DbFile) -> Result<()> {
        let synchronous = match site.location.durability() {
            Durability::Durable => "FULL",
            Durability::Ephemeral => "OFF",
        };
        self.raw.pragma_update(None, "synchronous", synchronous)?;
        self.raw.pragma_update(None, "secure_delete", "ON")?;
        // The checkpointer does this, so that no commit pays for it.
        self.raw.pragma_update(None, "wal_autocheckpoint", 0)
    }

    fn open(site: &DbFile, flags: OpenFlags) -> Result<Self> {
        // Each connection is used by one thread at a time, so SQLite needs no mutex.
        let flags = flags | OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let raw = rusqlite::Connection::open_with_flags(&site.path, flags)?;
        raw.busy_timeout(BUSY)?;
        raw.set_prepared_statement_cache_capacity(STATEMENTS);
        raw.pragma_update(None, "temp_store", "MEMORY")?;
        raw.pragma_update(None, "cache_size", -site.location.cache_kib())?;
        // Otherwise a misspelt column in double quotes would silently be a text.
        raw.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
        raw.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
        // Otherwise a statement that might use a partial index is prepared again for each bound
        // value.
        raw.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        Ok(Self {
            raw,
            plans: site.plans.clone(),
        })
    }

    /// Switches the file to write-ahead logging. The switch needs exclusive access, and SQLite
    /// rejects concurrent attempts without waiting, so this retries.
    fn use_write_ahead_log(&self) -> Result<()> {
        let deadline = Instant::now() + BUSY;
        loop {
            match self.raw.pragma_update(None, "journal_mode", "WAL") {
                Err(error)
                    if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                        && Instant::now() < deadline =>
                {
                    thread::sleep(PAUSE);
                }
                outcome => return outcome,
            }
        }
    }

    /// Returns the prepared statement of this text from the cache. If plans are recorded, the
    /// first use records the plan.
    pub(crate) fn prepare(&self, text: &str, seeks: &[Seek]) -> Result<CachedStatement<'_>> {
        if let Some(plans) = &self.plans {
            plans.record(&self.raw, text, seeks)?;
        }
        self.raw.prepare_cached(text)
    }

    /// Runs a command that has neither values nor a plan, such as `COMMIT`.
    pub(crate) fn command(&self, text: &str) -> Result<()> {
        let mut statement = self.raw.prepare_cached(text)?;
        statement.raw_execute().map(|_| ())
    }

    pub(crate) const fn raw(&self) -> &rusqlite::Connection {
        &self.raw
    }

    pub(crate) const fn raw_mut(&mut self) -> &mut rusqlite::Connection {
        &mut self.raw
    }
}

#[cfg(test)]
mod tests {
    use base::{Context, TenantId};
    use rusqlite::StatementStatus;
    use store::Partition;

    use super::*;

    /// Returns the value of a setting.
    fn setting(connection: &Connection, name: &str) -> i64 {
        connection
            .raw
            .pragma_query_value(None, name, |row| row.get(0))
            .unwrap()
    }

    #[test]
    fn durable_files_are_synced_ephemeral_ones_are_not_and_both_overwrite_what_is_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let own = Partition::DedicatedDatabase(TenantId::new(Context::system().new_object_id()));
        for (location, synchronous) in [(DbFileKind::Durable(own), 2), (DbFileKind::Ephemeral, 0)] {
            let site = DbFile {
                location,
                path: location.path(folder.path()),
                plans: None,
            };
            for connection in [
                Connection::writing(&site).unwrap(),
                Connection::checkpointing(&site).unwrap(),
            ] {
                assert_eq!(setting(&connection, "synchronous"), synchronous);
                assert_eq!(setting(&connection, "secure_delete"), 1);
                assert_eq!(setting(&connection, "wal_autocheckpoint"), 0);
            }
        }
    }

    #[test]
    fn a_statement_beside_a_partial_index_is_prepared_once() {
        let folder = tempfile::tempdir().unwrap();
        let location = DbFileKind::Durable(Partition::Shared);
        let site = DbFile {
            location,
            path: location.path(folder.path()),
            plans: None,
        };
        let connection = Connection::writing(&site).unwrap();
        connection
            .command("CREATE TABLE t (id INTEGER, state TEXT)")
            .unwrap();
        connection
            .command("CREATE INDEX open ON t (id) WHERE state = 'open'")
            .unwrap();
        for state in ["open", "closed", "open"] {
            let mut statement = connection
                .prepare("SELECT id FROM t WHERE id = 1 AND state = ?", &[])
                .unwrap();
            assert!(statement.query([state]).unwrap().next().unwrap().is_none());
            assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
        }
    }

    #[test]
    fn a_misspelt_column_is_an_error_and_a_reader_cannot_write() {
        let folder = tempfile::tempdir().unwrap();
        let location = DbFileKind::Durable(Partition::Shared);
        let site = DbFile {
            location,
            path: location.path(folder.path()),
            plans: None,
        };
        let writing = Connection::writing(&site).unwrap();
        writing.command("CREATE TABLE t (name TEXT)").unwrap();
        assert!(
            writing
                .prepare("SELECT * FROM t WHERE \"nmae\" = ?", &[])
                .is_err()
        );
        assert!(
            Connection::reading(&site)
                .unwrap()
                .command("INSERT INTO t VALUES ('ada')")
                .is_err()
        );
    }
}
