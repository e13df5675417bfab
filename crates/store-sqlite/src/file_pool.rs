//! Pool of open files. If another file must be opened, the least recently used file that is not in
//! use is closed.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use store::ReadError;
use tokio::sync::{Notify, OnceCell};
use tokio::time::timeout;

use crate::db_file_kind::DbFileKind;
use crate::failure::{self, Closed, TooLong};
use crate::file::{Common, PartitionFile};

/// Timeout of a statement while all files that may be open are in use.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct FilePool {
    common: Arc<Common>,
    most: usize,
    open: Arc<Mutex<Open>>,
    freed: Arc<Notify>,
}

#[derive(Default)]
struct Open {
    files: HashMap<DbFileKind, Entry>,
    /// Number of files that were removed from the pool and are still being closed.
    closing: usize,
    /// Counter that rises with each use; it orders the files by their last use.
    uses: u64,
    closed: bool,
}

struct Entry {
    slot: Slot,
    used: u64,
}

/// File that is open or about to be opened. The slot or the file has another owner exactly while a
/// task opens or uses the file.
type Slot = Arc<OnceCell<Arc<PartitionFile>>>;

/// Lease that keeps a file open.
pub(crate) struct Lease {
    file: Arc<PartitionFile>,
    /// Dropped after the file, so that a notified task finds the file free.
    freed: Freed,
}

struct Freed(Arc<Notify>);

impl Drop for Freed {
    fn drop(&mut self) {
        self.0.notify_waiters();
    }
}

impl Lease {
    pub(crate) fn file(&self) -> &PartitionFile {
        &self.file
    }

    /// Returns another lease of the same file.
    pub(crate) fn again(&self) -> Self {
        Self {
            file: Arc::clone(&self.file),
            freed: Freed(Arc::clone(&self.freed.0)),
        }
    }
}

/// Result of a request for the slot of a file.
enum Asked {
    Slot(Slot),
    /// The file does not exist and was not to be created.
    NoFile,
    /// This file must be closed first.
    Evicted(Closing),
    AllInUse,
}

impl FilePool {
    /// Creates a pool without open files. At most `most` files are open at the same time.
    pub(crate) fn new(common: Arc<Common>, most: usize) -> Self {
        Self {
            common,
            most: most.max(1),
            open: Arc::default(),
            freed: Arc::default(),
        }
    }

    /// Keeps a file open for reading. Returns `None` if the file does not exist.
    pub(crate) async fn for_reading(
        &self,
        location: DbFileKind,
    ) -> Result<Option<Lease>, ReadError> {
        let slot = timeout(PATIENCE, self.slot(location, false)).await;
        match slot.map_err(|_| failure::unavailable(TooLong("a file")))?? {
            Some(slot) => self.lease(location, slot).await.map(Some),
            None => Ok(None),
        }
    }

    /// Keeps a file open for writing and creates it if it does not exist.
    pub(crate) async fn for_writing(&self, location: DbFileKind) -> Result<Lease, ReadError> {
        let slot = timeout(PATIENCE, self.slot(location, true)).await;
        match slot.map_err(|_| failure::unavailable(TooLong("a file")))?? {
            Some(slot) => self.lease(location, slot).await,
            None => Err(failure::unavailable(Closed)),
        }
    }

    async fn slot(&self, location: DbFileKind, make: bool) -> Result<Option<Slot>, ReadError> {
        loop {
            let freed = self.freed.notified();
            match self.ask(location, make)? {
                Asked::Slot(slot) => return Ok(Some(slot)),
                Asked::NoFile => return Ok(None),
                Asked::Evicted(closing) => closing.finish().await,
                Asked::AllInUse => freed.await,
            }
        }
    }

    fn ask(&self, location: DbFileKind, make: bool) -> Result<Asked, ReadError> {
        let mut open = self.open.lock();
        if open.closed {
            return Err(failure::unavailable(Closed));
        }
        open.uses += 1;
        let used = open.uses;
        if let Some(entry) = open.files.get_mut(&location) {
            entry.used = used;
            return Ok(Asked::Slot(Arc::clone(&entry.slot)));
        }
        let is_new = !self.common.verified.lock().contains(&location);
        if !make
            && is_new
            && !location
                .path(&self.common.data_dir)
                .try_exists()
                .map_err(failure::unavailable)?
        {
            return Ok(Asked::NoFile);
        }
        if open.files.len() + open.closing >= self.most {
            return Ok(open
                .evict()
                .map_or(Asked::AllInUse, |slot| Asked::Evicted(self.closing(slot))));
        }
        let slot = Slot::default();
        open.files.insert(
            location,
            Entry {
                slot: Arc::clone(&slot),
                used,
            },
        );
        Ok(Asked::Slot(slot))
    }

    async fn lease(&self, location: DbFileKind, slot: Slot) -> Result<Lease, ReadError> {
        let open = || async {
            let common = Arc::clone(&self.common);
            let opening = tokio::task::spawn_blocking(move || {
                PartitionFile::open(&common, location).map(Arc::new)
            });
            opening.await.map_err(failure::broken)?
        };
        let file = Arc::clone(slot.get_or_try_init(open).await?);
        Ok(Lease {
            file,
            freed: Freed(Arc::clone(&self.freed)),
        })
    }

    fn closing(&self, slot: Slot) -> Closing {
        Closing {
            slot,
            counted: Counted {
                open: Arc::clone(&self.open),
                _freed: Freed(Arc::clone(&self.freed)),
            },
        }
    }

    /// Removes a file whose writer has ended, so that the next use opens the file again.
    pub(crate) fn forget(&self, location: DbFileKind) {
        self.open.lock().files.remove(&location);
    }

    /// Closes every file as soon as it is not in use. Later uses fail.
    pub(crate) async fn close(&self) {
        self.open.lock().closed = true;
        loop {
            let freed = self.freed.notified();
            let (idle, left) = self.open.lock().take_idle();
            for slot in idle {
                self.closing(slot).finish().await;
            }
            if left == 0 {
                return;
            }
            freed.await;
        }
    }
}

impl Open {
    /// Removes the least recently used file that is not in use, and returns it to be closed.
    fn evict(&mut self) -> Option<Slot> {
        let idle = self.files.iter().filter(|(_, entry)| entry.is_idle());
        let location = *idle.min_by_key(|(_, entry)| entry.used)?.0;
        let entry = self.files.remove(&location)?;
        self.closing += 1;
        Some(entry.slot)
    }

    /// Removes the files that are not in use, and returns them with the number of the other files,
    /// including those that are still being closed.
    fn take_idle(&mut self) -> (Vec<Slot>, usize) {
        let left = self.closing;
        let idle: Vec<_> = self
            .files
            .extract_if(|_, entry| entry.is_idle())
            .map(|(_, entry)| entry.slot)
            .collect();
        self.closing += idle.len();
        (idle, self.files.len() + left)
    }
}

impl Entry {
    fn is_idle(&self) -> bool {
        Arc::strong_count(&self.slot) == 1
            && self
                .slot
                .get()
                .is_none_or(|file| Arc::strong_count(file) == 1)
    }
}

/// File that was removed from the pool and counts as open until it is closed.
struct Closing {
    slot: Slot,
    counted: Counted,
}

struct Counted {
    open: Arc<Mutex<Open>>,
    _freed: Freed,
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.open.lock().closing -= 1;
    }
}

impl Closing {
    /// Closes the file, even if the caller stops waiting.
    async fn finish(self) {
        let closed = tokio::task::spawn_blocking(move || {
            let Self { slot, counted } = self;
            let file = Arc::into_inner(slot)
                .and_then(OnceCell::into_inner)
                .and_then(Arc::into_inner);
            file.into_iter().for_each(PartitionFile::close);
            drop(counted);
        });
        if closed.await.is_err() {
            tracing::error!("a file could not be closed");
        }
    }
}
