use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{CachedStatement, ErrorCode, OpenFlags, Result};
use store::Durability;

use crate::plans::{Plans, Seek};

/// How long a statement waits for another handle or process that writes.
const BUSY: Duration = Duration::from_secs(5);

/// Prepared statements kept per connection.
const STATEMENTS: usize = 128;

/// The pause between two tries to switch a file to its write-ahead log.
const PAUSE: Duration = Duration::from_millis(5);

/// One connection, with its prepared statements.
pub(crate) struct Connection {
    raw: rusqlite::Connection,
    plans: Option<Arc<Plans>>,
}

impl Connection {
    /// A connection that makes the file where there is none, and writes.
    pub(crate) fn writing(path: &Path, durability: Durability, plans: Option<Arc<Plans>>) -> Result<Self> {
        let connection = Self::open(path, OpenFlags::SQLITE_OPEN_CREATE, plans)?;
        connection.use_write_ahead_log()?;
        let synchronous = match durability {
            Durability::Durable => "FULL",
            Durability::Ephemeral => "OFF",
        };
        connection.raw.pragma_update(None, "synchronous", synchronous)?;
        connection.raw.pragma_update(None, "secure_delete", "ON")?;
        // The checkpointer's business, so that no commit pays for it.
        connection.raw.pragma_update(None, "wal_autocheckpoint", 0)?;
        Ok(connection)
    }

    /// A connection to a file that is there, for reading only.
    pub(crate) fn reading(path: &Path, plans: Option<Arc<Plans>>) -> Result<Self> {
        let connection = Self::open(path, OpenFlags::empty(), plans)?;
        connection.raw.pragma_update(None, "query_only", "ON")?;
        Ok(connection)
    }

    fn open(path: &Path, flags: OpenFlags, plans: Option<Arc<Plans>>) -> Result<Self> {
        // Each connection is used by one thread at a time, so SQLite needs no lock of its own.
        let flags = flags | OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let raw = rusqlite::Connection::open_with_flags(path, flags)?;
        raw.busy_timeout(BUSY)?;
        raw.set_prepared_statement_cache_capacity(STATEMENTS);
        raw.pragma_update(None, "temp_store", "MEMORY")?;
        // Else a misspelt column would silently be a text.
        raw.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
        raw.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
        Ok(Self { raw, plans })
    }

    /// The switch needs the file alone, and two handles that ask at once are
    /// refused without waiting.
    fn use_write_ahead_log(&self) -> Result<()> {
        let deadline = Instant::now() + BUSY;
        loop {
            match self.raw.pragma_update(None, "journal_mode", "WAL") {
                Err(error)
                    if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && Instant::now() < deadline =>
                {
                    thread::sleep(PAUSE);
                }
                outcome => return outcome,
            }
        }
    }

    /// The statement of this text from the cache; where plans are recorded,
    /// its first use writes its plan down.
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
