use std::fs::{DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use object_store::local::LocalFileSystem;

use crate::error::Error;

/// Opens a folder, and creates it with mode 0700 if it does not exist.
///
/// Objects are written to a temporary file, synced and renamed. Deleting the last object of a
/// directory removes the directory.
pub(crate) fn open(folder: &Path) -> Result<LocalFileSystem, Error> {
    let unusable = |error| Error::Folder(folder.to_owned(), error);
    create(folder).map_err(unusable)?;
    Ok(LocalFileSystem::new_with_prefix(folder)?
        .with_automatic_cleanup(true)
        .with_fsync(true))
}

fn create(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    // A directory exists after a power loss only if its parent was synced.
    match folder.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => File::open(parent)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}
