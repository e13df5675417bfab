//! Checkpoints write-ahead logs into their database files. A separate thread does this, so that no
//! commit waits for a checkpoint.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::{Mutex, MutexGuard};
use rusqlite::Result;

use crate::connection::{Connection, DbFile};
use crate::failure::stop_after_failed_sync;

/// Length of a log, in pages of 4 KiB, from which it is checkpointed.
const WORTHWHILE: u32 = 1_000;

/// Length of a log, in pages of 4 KiB, from which it is restarted. Writers wait for the restart,
/// but a log that is overwritten costs less to write than one that only grows.
const LARGE: u32 = 4_000;

/// Interval between checks of the logs that have grown.
const TICK: Duration = Duration::from_millis(200);

/// Longest wait for a log to grow while no log is being checked.
const IDLE_WAIT: Duration = Duration::from_mins(1);

/// Number of consecutive checks without growth after which a log is truncated.
const IDLE: u32 = 10;

/// Capacity of the queue of logs that wait for their first check.
const QUEUE: usize = 1_024;

/// Write-ahead log of a file.
pub(crate) struct Wal {
    site: DbFile,
    /// Pages in the log as of the last commit.
    pages: AtomicU32,
    /// Whether the log has grown since the last check.
    grown: AtomicBool,
    /// Whether the log is queued for the checkpointer or checked by it.
    known: AtomicBool,
    /// Whether the last checkpoint failed.
    failing: AtomicBool,
    turn: Mutex<()>,
    kept: Mutex<Kept>,
    checkpointer: Checkpointer,
}

#[derive(Default)]
struct Kept {
    connection: Option<Connection>,
    /// Whether the file is being closed; the connection must not be opened again.
    closed: bool,
}

/// Handle of the thread that checkpoints the logs of one engine.
#[derive(Clone)]
pub(crate) struct Checkpointer(SyncSender<Weak<Wal>>);

impl Checkpointer {
    /// Starts the thread. It ends when the last handle is dropped.
    pub(crate) fn start() -> std::io::Result<Self> {
        let (sender, receiver) = sync_channel(QUEUE);
        thread::Builder::new()
            .name("sqlite-checkpoint".to_owned())
            .spawn(move || look_after(&receiver))?;
        Ok(Self(sender))
    }
}

fn look_after(grown: &Receiver<Weak<Wal>>) {
    let mut logs: Vec<(Weak<Wal>, u32)> = Vec::new();
    let mut next_look = Instant::now() + TICK;
    loop {
        let wait = if logs.is_empty() {
            IDLE_WAIT
        } else {
            next_look.saturating_duration_since(Instant::now())
        };
        match grown.recv_timeout(wait) {
            Ok(log) => logs.push((log, 0)),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        if Instant::now() >= next_look {
            logs.retain_mut(|(log, idle)| look_at(log, idle));
            next_look = Instant::now() + TICK;
        }
    }
}

/// Checks a log and returns whether it must be checked again.
fn look_at(log: &Weak<Wal>, idle: &mut u32) -> bool {
    let Some(log) = log.upgrade() else {
        return false;
    };
    *idle = if log.grown.swap(false, Relaxed) {
        0
    } else {
        *idle + 1
    };
    let done = *idle == IDLE;
    let outcome = match (*idle, log.pages.load(Relaxed)) {
        (IDLE, _) => log.begin_again("TRUNCATE"),
        // Checkpoint first, so that little is left to copy while the writer waits.
        (0, LARGE..) => log
            .checkpoint("PASSIVE")
            .and_then(|()| log.begin_again("RESTART")),
        (0, WORTHWHILE..) => log.checkpoint("PASSIVE"),
        _ => Ok(()),
    };
    let failed = outcome.is_err();
    let failed_before = log.failing.swap(failed, Relaxed);
    if let Err(error) = outcome {
        stop_after_failed_sync(&error);
        // Log once while the failure lasts: a disk can be full for a long time.
        if !failed_before {
            tracing::warn!(%error, path = %log.site.path.display(), "a write-ahead log could not be moved into its file");
        }
    }
    if done {
        log.known.store(false, Relaxed);
    }
    !done
}

impl Wal {
    pub(crate) fn new(site: DbFile, checkpointer: Checkpointer) -> Self {
        Self {
            site,
            pages: AtomicU32::default(),
            grown: AtomicBool::default(),
            known: AtomicBool::default(),
            failing: AtomicBool::default(),
            turn: Mutex::default(),
            kept: Mutex::default(),
            checkpointer,
        }
    }

    /// Records the length of the log, in pages, after a commit.
    pub(crate) fn grew(self: &Arc<Self>, pages: u32) {
        self.pages.store(pages, Relaxed);
        self.grown.store(true, Relaxed);
        if !self.known.swap(true, Relaxed) {
            let told = self.checkpointer.0.try_send(Arc::downgrade(self));
            // If the queue is full, the next commit tries again.
            self.known
                .store(!matches!(told, Err(TrySendError::Full(_))), Relaxed);
        }
    }

    /// Locks the log against a restart while a group is written. Without the lock, a busy writer
    /// would hardly ever leave the file to the checkpointer.
    pub(crate) fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock()
    }

    fn begin_again(&self, mode: &str) -> Result<()> {
        let _turn = self.turn();
        self.checkpoint(mode)
    }

    fn checkpoint(&self, mode: &str) -> Result<()> {
        let mut kept = self.kept.lock();
        if kept.closed {
            return Ok(());
        }
        let connection = match kept.connection.take() {
            Some(connection) => connection,
            None => Connection::checkpointing(&self.site)?,
        };
        let text = format!("PRAGMA wal_checkpoint({mode})");
        let left: u32 = connection.raw().query_row(&text, [], |row| {
            Ok(row.get::<_, i64>(1)?.try_into().unwrap_or(0))
        })?;
        if mode == "TRUNCATE" {
            self.pages.store(left, Relaxed);
        }
        kept.connection = Some(connection);
        Ok(())
    }

    /// Closes the connection permanently, so that the file can be closed.
    pub(crate) fn close(&self) {
        *self.kept.lock() = Kept {
            connection: None,
            closed: true,
        };
    }
}

thread_local! {
    static PAGES: Cell<u32> = const { Cell::new(0) };
}

/// Records the length of the log at each commit of this thread's connection.
pub(crate) fn count_pages(connection: &Connection) {
    connection.raw().wal_hook(Some(|_, pages| {
        PAGES.set(pages.try_into().unwrap_or(0));
        Ok(())
    }));
}

/// Returns the length of the log, in pages, as of this thread's last commit.
pub(crate) fn pages_counted() -> u32 {
    PAGES.get()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db_file_kind::DbFileKind;

    /// Returns a file whose log has some pages, and a connection that counts them.
    fn written() -> (DbFile, Connection, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let location = DbFileKind::Durable(store::Partition::Shared);
        let site = DbFile {
            location,
            path: location.path(folder.path()),
            plans: None,
        };
        let connection = Connection::writing(&site).unwrap();
        count_pages(&connection);
        connection.command("CREATE TABLE t (bytes BLOB)").unwrap();
        connection
            .command("INSERT INTO t VALUES (zeroblob(100000))")
            .unwrap();
        (site, connection, folder)
    }

    #[test]
    fn a_large_log_is_written_over() {
        let (site, connection, _folder) = written();
        let before = pages_counted();
        let (sender, _grown) = sync_channel(1);
        let wal = Arc::new(Wal::new(site, Checkpointer(sender)));
        wal.grew(LARGE);
        assert!(look_at(&Arc::downgrade(&wal), &mut 0));
        connection.command("INSERT INTO t VALUES (1)").unwrap();
        assert!(
            pages_counted() < before,
            "{} pages after {before}",
            pages_counted()
        );
    }

    #[test]
    fn a_log_that_rests_is_cut() {
        let (site, _connection, _folder) = written();
        let length = || {
            std::fs::metadata(site.path.with_extension("db-wal"))
                .unwrap()
                .len()
        };
        assert!(length() > 0 && pages_counted() > 0);
        let (sender, grown) = sync_channel(1);
        let wal = Arc::new(Wal::new(site.clone(), Checkpointer(sender)));
        wal.grew(pages_counted());
        let log = grown.try_recv().unwrap();
        let mut idle = 0;
        wal.grew(pages_counted());
        assert!(grown.try_recv().is_err(), "it is known already");
        let looks = std::iter::from_fn(|| Some(look_at(&log, &mut idle)))
            .take_while(|again| *again)
            .count();
        assert_eq!((looks, length()), (IDLE as usize, 0));
        wal.grew(1);
        assert!(grown.try_recv().is_ok(), "once cut it is told of again");
    }
}
