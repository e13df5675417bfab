use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::ErrorCode;
use store::{ReadError, Stats};

use crate::catalogue::Catalogue;
use crate::checkpoint::{Checkpointer, Wal};
use crate::connection::{Connection, Site};
use crate::failure;
use crate::location::Location;
use crate::migrate::migrate;
use crate::plans::Plans;
use crate::readers::Readers;
use crate::writer::{Tools, Writer};

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
    writer: Writer,
    wal: Arc<Wal>,
    readers: Readers,
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
        Ok(Self { writer, wal, readers: Readers::new(site) })
    }

    pub(crate) const fn writer(&self) -> &Writer {
        &self.writer
    }

    pub(crate) const fn readers(&self) -> &Readers {
        &self.readers
    }

    /// Lets what waits be written and closes every connection. Blocks.
    pub(crate) fn close(self) {
        self.wal.close();
        drop(self.readers);
        self.writer.stop();
    }
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
