//! Checks a file before its first use, so that a damaged file is reported by name instead of
//! failing request by request.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use rusqlite::Result as SqlResult;

use crate::connection::{Connection, DbFile};
use crate::db_file_kind::DbFileKind;
use crate::failure::{is_damage, is_full};

/// Length in bytes up to which a file is checked completely. Of a larger file, the header, the
/// length and the schema are checked; this takes no longer when the file grows.
const CHECKED_WHOLE: u64 = 64 * 1024 * 1024;

/// First bytes of every database file.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// Reason why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unusable {
    /// The file existed before and is missing now.
    #[error("the database file {} is missing; restore it from a backup", .0.display())]
    Missing(PathBuf),
    /// The file is empty. Files are created with their first page, so it has lost that page.
    #[error("the database file {} is empty; restore it from a backup", .0.display())]
    Empty(PathBuf),
    /// The operating system does not let this process write the file.
    #[error("the database file {} cannot be written: {}", .0.display(), .1)]
    Unwritable(PathBuf, #[source] io::Error),
    /// The file is shorter than its page count.
    #[error("the database file {} is truncated: {pages} pages are missing; restore it from a backup", .path.display())]
    Truncated { path: PathBuf, pages: u64 },
    /// The contents of the file are inconsistent.
    #[error("the database file {} is damaged: {reason}; restore it from a backup", .path.display())]
    Damaged { path: PathBuf, reason: String },
    /// The file can be neither checked nor used.
    #[error("the database file {} cannot be opened: {}", .0.display(), .1)]
    Sqlite(PathBuf, #[source] rusqlite::Error),
}

/// Checks a file. A file that does not exist is valid. Blocks.
///
/// # Errors
/// Fails with [`Unusable`], which names the file and its fault.
pub(crate) fn verify(site: &DbFile) -> Result<(), Unusable> {
    let path = &site.path;
    let length = match fs::metadata(path) {
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Unusable::Unwritable(path.clone(), error)),
    };
    for file in [
        path.clone(),
        with_suffix(path, "-wal"),
        with_suffix(path, "-shm"),
    ] {
        writable(&file).map_err(|error| Unusable::Unwritable(file.clone(), error))?;
    }
    if site.location == DbFileKind::Ephemeral {
        // A damaged ephemeral file is recreated when it is opened.
        return Ok(());
    }
    if length == 0 {
        return Err(Unusable::Empty(path.clone()));
    }
    let damaged = |reason: String| Unusable::Damaged {
        path: path.clone(),
        reason,
    };
    if !begins_like_a_database(path).map_err(|error| Unusable::Unwritable(path.clone(), error))? {
        return Err(damaged("it does not begin like a database".to_owned()));
    }
    let missing = contents(site, length).map_err(|error| match &error {
        error if is_damage(error) => damaged(error.to_string()),
        _ => Unusable::Sqlite(path.clone(), error),
    })?;
    if missing > 0 {
        return Err(Unusable::Truncated {
            path: path.clone(),
            pages: missing,
        });
    }
    Ok(())
}

/// Checks the contents of the file and returns the number of missing pages.
fn contents(site: &DbFile, length: u64) -> SqlResult<u64> {
    let connection = Connection::checkpointing(site)?;
    // Moves the log of a killed process into the file, so that the length of the file is
    // meaningful.
    let moved = connection
        .raw()
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| {
            row.get::<_, i64>(0)
        });
    let is_whole = match moved {
        Ok(busy) => busy == 0,
        Err(error) if is_full(&error) => false,
        Err(error) => return Err(error),
    };
    let number = |name| {
        connection
            .raw()
            .pragma_query_value(None, name, |row| row.get::<_, i64>(0))
    };
    let pages = u64::try_from(number("page_count")?).unwrap_or(0);
    let page_size = u64::try_from(number("page_size")?).unwrap_or(4_096).max(1);
    if is_whole && let Ok(metadata) = fs::metadata(&site.path) {
        let there = metadata.len() / page_size;
        if there < pages {
            return Ok(pages - there);
        }
    }
    if length <= CHECKED_WHOLE {
        connection.check()?;
    } else {
        connection.check_schema()?;
    }
    Ok(0)
}

fn begins_like_a_database(path: &Path) -> io::Result<bool> {
    let mut begin = [0; MAGIC.len()];
    match File::open(path)?.read_exact(&mut begin) {
        Ok(()) => Ok(&begin == MAGIC),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

fn writable(path: &Path) -> io::Result<()> {
    match OpenOptions::new().read(true).write(true).open(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Returns the path of a file next to a database, such as its write-ahead log.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests {
    use std::io::{Seek as _, SeekFrom, Write as _};

    use store::Partition;
    use tempfile::TempDir;

    use super::*;

    /// Returns a closed file with a table and some pages.
    fn written() -> (DbFile, TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let location = DbFileKind::Durable(Partition::Shared);
        let site = DbFile {
            location,
            path: location.path(folder.path()),
            plans: None,
        };
        let connection = Connection::writing(&site).unwrap();
        connection.command("CREATE TABLE t (bytes BLOB)").unwrap();
        connection.command("CREATE INDEX i ON t (bytes)").unwrap();
        for _ in 0..50 {
            connection
                .command("INSERT INTO t VALUES (randomblob(1000))")
                .unwrap();
        }
        (site, folder)
    }

    #[test]
    fn a_whole_file_and_no_file_pass() {
        let (site, _folder) = written();
        verify(&site).unwrap();
        fs::remove_file(&site.path).unwrap();
        verify(&site).unwrap();
    }

    #[test]
    fn a_file_in_use_with_a_log_passes() {
        let (site, _folder) = written();
        let connection = Connection::writing(&site).unwrap();
        connection
            .command("INSERT INTO t VALUES (randomblob(100000))")
            .unwrap();
        verify(&site).unwrap();
    }

    #[test]
    fn a_file_cut_anywhere_is_named() {
        for pages in [0, 1, 5] {
            let (site, _folder) = written();
            OpenOptions::new()
                .write(true)
                .open(&site.path)
                .unwrap()
                .set_len(pages * 4_096)
                .unwrap();
            let unusable = verify(&site).unwrap_err();
            assert!(
                unusable.to_string().contains("caas_shared.db is"),
                "{pages}: {unusable}"
            );
        }
    }

    #[test]
    fn a_file_overwritten_anywhere_is_named() {
        for offset in [0, 100, 4_096, 6 * 4_096] {
            let (site, _folder) = written();
            let mut file = OpenOptions::new().write(true).open(&site.path).unwrap();
            file.seek(SeekFrom::Start(offset)).unwrap();
            file.write_all(&[0xa5; 4_096]).unwrap();
            let unusable = verify(&site).unwrap_err();
            assert!(
                unusable.to_string().contains("caas_shared.db is damaged"),
                "{offset}: {unusable}"
            );
        }
    }

    #[test]
    fn a_file_that_is_a_folder_is_named() {
        let (site, _folder) = written();
        fs::remove_file(&site.path).unwrap();
        fs::create_dir(&site.path).unwrap();
        assert!(matches!(verify(&site), Err(Unusable::Unwritable(..))));
    }
}
