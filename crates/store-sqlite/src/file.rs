use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use parking_lot::Mutex;
use store::{ReadError, Stats};

use crate::catalogue::Catalogue;
use crate::checkpoint::{Checkpointer, Wal};
use crate::connection::{Connection, DbFile};
use crate::db_file_kind::DbFileKind;
use crate::failure::{self, is_damage};
use crate::health::Health;
use crate::migrate::migrate;
use crate::plans::Plans;
use crate::read_pool::ReadPool;
use crate::verify::{Unusable, verify, with_suffix};
use crate::writer::{Tools, Writer};

/// State that all files of an engine share.
pub(crate) struct Common {
    pub(crate) data_dir: PathBuf,
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) stats: Arc<Stats>,
    pub(crate) checkpointer: Checkpointer,
    pub(crate) plans: Option<Arc<Plans>>,
    pub(crate) health: Health,
    /// Files that this process has verified or created.
    pub(crate) verified: Mutex<HashSet<DbFileKind>>,
}

impl Common {
    /// Returns a file with the parameters of its connections.
    pub(crate) fn site(&self, location: DbFileKind) -> DbFile {
        DbFile {
            location,
            path: location.path(&self.data_dir),
            plans: self.plans.clone(),
        }
    }

    /// Verifies a file before its first use. Fails with [`Unusable::Missing`] if a durable file
    /// that was already used no longer exists. Blocks.
    pub(crate) fn verify_once(&self, site: &DbFile) -> Result<(), Unusable> {
        if self.verified.lock().contains(&site.location) {
            let is_there = site.path.exists() || site.location == DbFileKind::Ephemeral;
            return if is_there {
                Ok(())
            } else {
                Err(Unusable::Missing(site.path.clone()))
            };
        }
        verify(site)
    }
}

/// Open file with its writer, its readers and its write-ahead log.
pub(crate) struct PartitionFile {
    writer: Writer,
    wal: Arc<Wal>,
    readers: ReadPool,
}

impl PartitionFile {
    /// Opens the file, creates it if it does not exist, and migrates its schema to the
    /// declarations. Blocks.
    pub(crate) fn open(common: &Common, location: DbFileKind) -> Result<Self, ReadError> {
        let site = common.site(location);
        common.verify_once(&site).map_err(failure::halted)?;
        make(&site.path)?;
        common.verified.lock().insert(location);
        let mut connection = connect(&site)?;
        let declarations: Vec<_> = common
            .catalogue
            .declarations()
            .filter(|it| location.holds(it))
            .collect();
        migrate(connection.raw_mut(), &declarations).map_err(failure::of_read)?;
        let wal = Arc::new(Wal::new(site.clone(), common.checkpointer.clone()));
        let catalogue = Arc::clone(&common.catalogue);
        let stats = Arc::clone(&common.stats);
        let tools = Tools {
            catalogue,
            stats,
            wal: Arc::clone(&wal),
        };
        let writer = Writer::start(connection, tools).map_err(failure::unavailable)?;
        Ok(Self {
            writer,
            wal,
            readers: ReadPool::new(site),
        })
    }

    pub(crate) const fn writer(&self) -> &Writer {
        &self.writer
    }

    pub(crate) const fn readers(&self) -> &ReadPool {
        &self.readers
    }

    /// Writes the queued batches and closes all connections. Blocks.
    pub(crate) fn close(self) {
        self.wal.close();
        drop(self.readers);
        self.writer.stop();
    }
}

/// Opens the writer's connection. Recreates an ephemeral file that a power loss has damaged: its
/// contents are worthless by then.
fn connect(site: &DbFile) -> Result<Connection, ReadError> {
    if site.location != DbFileKind::Ephemeral {
        return Connection::writing(site).map_err(failure::of_read);
    }
    let whole =
        Connection::writing(site).and_then(|connection| connection.check().map(|()| connection));
    match whole {
        Err(error) if is_damage(&error) => {
            tracing::warn!(%error, "the file of ephemeral documents is torn; it is made anew");
            remove(&site.path).map_err(failure::unavailable)?;
            Connection::writing(site).map_err(failure::of_read)
        }
        outcome => outcome.map_err(failure::of_read),
    }
}

/// Removes a file and its write-ahead log.
fn remove(path: &Path) -> io::Result<()> {
    for suffix in ["-shm", "-wal", ""] {
        match fs::remove_file(with_suffix(path, suffix)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Creates a file that only its owner can read, and its directory. The file gets its name after
/// its first page is written, so that an empty file is known to be damaged.
fn make(path: &Path) -> Result<(), ReadError> {
    if path.try_exists().map_err(failure::unavailable)? {
        return Ok(());
    }
    make_folder(path).map_err(failure::of_folder)?;
    let new = unused(path);
    let made = empty_file(&new).map_err(failure::of_folder).and_then(|()| {
        Connection::make_file(&new).map_err(failure::of_read)?;
        put_in_place(&new, path).map_err(failure::of_folder)
    });
    let _ = fs::remove_file(&new);
    made
}

fn make_folder(path: &Path) -> io::Result<()> {
    let Some(folder) = path.parent() else {
        return Ok(());
    };
    fs::create_dir_all(folder)?;
    match folder
        .parent()
        .filter(|above| !above.as_os_str().is_empty())
    {
        // Otherwise the directory itself could be lost in a power loss.
        Some(above) => File::open(above)?.sync_all(),
        None => Ok(()),
    }
}

/// Returns an unused file name next to `path`.
fn unused(path: &Path) -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    with_suffix(
        path,
        &format!(
            ".new-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        ),
    )
}

fn empty_file(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(|_| ())
}

/// Moves a new file to its final path, unless another process has already created that file.
fn put_in_place(new: &Path, path: &Path) -> io::Result<()> {
    File::open(new)?.sync_all()?;
    match fs::hard_link(new, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
        // Some file systems have no links. Then the lock of the data directory excludes other
        // processes.
        Err(_) => fs::rename(new, path)?,
        Ok(()) => {}
    }
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}
