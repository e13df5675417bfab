//! The open files, the least recently used of which is closed when another
//! must be opened, unless it is in use.

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

/// How long a statement waits while every file that may be open is in use.
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
    /// Files taken out that are still being closed.
    closing: usize,
    /// Rises with each use; tells which was used last.
    uses: u64,
    closed: bool,
}

struct Entry {
    slot: Slot,
    used: u64,
}

/// An open file, or one about to be. Both have other owners exactly while
/// somebody opens or uses the file.
type Slot = Arc<OnceCell<Arc<PartitionFile>>>;

/// Keeps a file open.
pub(crate) struct Lease {
    file: Arc<PartitionFile>,
    /// Dropped behind the file, so that whoever is told finds it free.
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

    /// Another one of the same file.
    pub(crate) fn again(&self) -> Self {
        Self {
            file: Arc::clone(&self.file),
            freed: Freed(Arc::clone(&self.freed.0)),
        }
    }
}

/// What asking for a file's slot came to.
enum Asked {
    Slot(Slot),
    /// There is no such file, and it was not to be made.
    NoFile,
    /// This one must be closed first.
    Evicted(Closing),
    AllInUse,
}

impl FilePool {
    /// No file open yet; at most `most` at the same time.
    pub(crate) fn new(common: Arc<Common>, most: usize) -> Self {
        Self {
            common,
            most: most.max(1),
            open: Arc::default(),
            freed: Arc::default(),
        }
    }

    /// Keeps a file open for reading; `None` when there is no such file.
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

    /// Keeps a file open for writing, which makes it where there is none.
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

    /// Forgets a file whose writer is gone, so that the next use opens it anew.
    pub(crate) fn forget(&self, location: DbFileKind) {
        self.open.lock().files.remove(&location);
    }

    /// Closes every file as soon as it is not in use; later uses are refused.
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
    /// Takes out the file that is not in use and was used least recently, to be closed.
    fn evict(&mut self) -> Option<Slot> {
        let idle = self.files.iter().filter(|(_, entry)| entry.is_idle());
        let location = *idle.min_by_key(|(_, entry)| entry.used)?.0;
        let entry = self.files.remove(&location)?;
        self.closing += 1;
        Some(entry.slot)
    }

    /// Takes out the files that are not in use, to be closed, and counts the others.
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

/// A file that was taken out and counts as open until it is closed.
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
    /// Closes the file, also when nobody waits for it any more.
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
