use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rusqlite::ErrorCode;
use store::{ReadError, Stats};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::catalogue::Catalogue;
use crate::checkpoint::{Checkpointer, Wal};
use crate::connection::{Connection, Site};
use crate::failure::{self, TooLong};
use crate::files::Lease;
use crate::location::Location;
use crate::migrate::migrate;
use crate::plans::Plans;
use crate::writer::{Tools, Writer};

/// Connections of one file that read at the same time.
const READERS: usize = 4;

/// How long a read waits for a connection.
const PATIENCE: Duration = Duration::from_secs(10);

/// What every file of an engine shares.
pub(crate) struct Common {
    pub(crate) data_dir: PathBuf,
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) stats: Arc<Stats>,
    pub(crate) checkpointer: Checkpointer,
    pub(crate) plans: Option<Arc<Plans>>,
}

/// An open file: its writer, its readers, its write-ahead log.
pub(crate) struct PlaceFile {
    site: Site,
    writer: Writer,
    wal: Arc<Wal>,
    idle: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
}

impl PlaceFile {
    /// Opens the file, makes it where there is none, and brings its schema to
    /// the declarations. Blocks.
    pub(crate) fn open(common: &Common, location: Location) -> Result<Self, ReadError> {
        let path = location.path(&common.data_dir);
        make(&path).map_err(failure::unavailable)?;
        let site = Site { location, path, plans: common.plans.clone() };
        let mut connection = connect(&site)?;
        let declarations: Vec<_> = common.catalogue.declarations().filter(|it| location.holds(it)).collect();
        migrate(connection.raw_mut(), &declarations).map_err(failure::of_read)?;
        let wal = Arc::new(Wal::new(site.clone(), common.checkpointer.clone()));
        let (catalogue, stats) = (Arc::clone(&common.catalogue), Arc::clone(&common.stats));
        let tools = Tools { catalogue, stats, wal: Arc::clone(&wal) };
        let writer = Writer::start(connection, tools).map_err(failure::unavailable)?;
        let permits = Arc::new(Semaphore::new(READERS));
        Ok(Self { site, writer, wal, idle: Mutex::default(), permits })
    }

    pub(crate) const fn writer(&self) -> &Writer {
        &self.writer
    }

    /// Lets what waits be written and closes every connection. Blocks.
    pub(crate) fn close(self) {
        self.wal.close();
        self.idle.into_inner().clear();
        self.writer.stop();
    }

    fn reader(&self) -> rusqlite::Result<Connection> {
        let idle = self.idle.lock().pop();
        idle.map_or_else(|| Connection::reading(&self.site), Ok)
    }
}

/// Reads on a thread that may block, over one of the file's few connections.
pub(crate) async fn read<T: Send + 'static>(
    lease: Lease,
    work: impl FnOnce(&Connection) -> Result<T, ReadError> + Send + 'static,
) -> Result<T, ReadError> {
    let permits = Arc::clone(&lease.file().permits);
    let permit = timeout(PATIENCE, permits.acquire_owned()).await;
    let permit = permit.map_err(|_| failure::unavailable(TooLong("a connection")))?.map_err(failure::unavailable)?;
    let reading = tokio::task::spawn_blocking(move || {
        let file = lease.file();
        let connection = file.reader().map_err(failure::of_read)?;
        let found = work(&connection)?;
        // One that failed is not kept: what it may be left with is not worth knowing.
        file.idle.lock().push(connection);
        drop(permit);
        Ok(found)
    });
    reading.await.map_err(failure::broken)?
}

/// The writer's connection. An ephemeral file that a power loss has torn is
/// thrown away: what it held is worthless by then.
fn connect(site: &Site) -> Result<Connection, ReadError> {
    if site.location != Location::Ephemeral {
        return Connection::writing(site).map_err(failure::of_read);
    }
    let whole = Connection::writing(site).and_then(|connection| connection.check().map(|()| connection));
    match whole {
        Err(error) if is_torn(&error) => {
            tracing::warn!(%error, "the file of ephemeral documents is torn; it is made anew");
            remove(&site.path).map_err(failure::unavailable)?;
            Connection::writing(site).map_err(failure::of_read)
        }
        outcome => outcome.map_err(failure::of_read),
    }
}

fn is_torn(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

/// Removes a file with its write-ahead log.
fn remove(path: &Path) -> io::Result<()> {
    for suffix in ["-shm", "-wal", ""] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        match fs::remove_file(&name) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Makes an empty file that only its owner reads, and the folder it lies in.
fn make(path: &Path) -> io::Result<()> {
    if path.try_exists()? {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
        if let Some(above) = folder.parent().filter(|above| !above.as_os_str().is_empty()) {
            // Else the folder itself could be gone after a power loss.
            File::open(above)?.sync_all()?;
        }
    }
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(|_| ())
}
