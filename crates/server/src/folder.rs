//! The data folder of the embedded engine.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::control;
use crate::refusal::Refusal;

/// Times that a folder is tried while another process seems to be starting or
/// stopping with it, and milliseconds in between.
const TRIES: (usize, u64) = (200, 50);

/// Who has a data folder.
#[derive(Debug)]
pub enum Claim {
    /// This process, from now on.
    Ours(Folder),
    /// A server, which takes commands on the control socket.
    Served,
}

/// Takes the folder, or finds the server that has it. Waits for a process that
/// is about to begin serving or to let go.
///
/// # Errors
/// A sentence when the folder cannot be used, or neither comes true.
pub async fn claim(path: &Path) -> Result<Claim, Refusal> {
    let (tries, millis) = TRIES;
    for _ in 0..tries {
        if let Some(folder) = Folder::take(path)? {
            return Ok(Claim::Ours(folder));
        }
        if control::is_served(path).await {
            return Ok(Claim::Served);
        }
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }
    Err(Refusal::new(format!(
        "The data folder {} is in use by another process.",
        path.display()
    )))
}

/// A data folder that no other process uses while this value lives.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    _locks: Vec<File>,
}

impl Folder {
    /// Takes the folder, making it where there is none; `None` when another
    /// process has it. The folder itself is locked, so that nothing that is
    /// removed from it sets it free; the file `lock` is for file systems that
    /// do not lock folders.
    ///
    /// # Errors
    /// A sentence when the folder cannot be made or opened.
    fn take(path: &Path) -> Result<Option<Self>, Refusal> {
        let unusable = |error| {
            Refusal::new(format!("The data folder {} cannot be used", path.display()))
                .caused_by(error)
        };
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(unusable)?;
        let folder = File::open(path).map_err(unusable)?;
        if matches!(folder.try_lock(), Err(TryLockError::WouldBlock)) {
            return Ok(None);
        }
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(path.join("lock"));
        let lock = lock.map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(Self {
                path: path.to_owned(),
                _locks: vec![folder, lock],
            })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(unusable(error)),
        }
    }

    /// Where the folder is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_user_at_a_time() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("data");
        let first = Folder::take(&path).unwrap();
        assert!(first.is_some());
        assert!(Folder::take(&path).unwrap().is_none());
        drop(first);
        assert!(Folder::take(&path).unwrap().is_some());
    }

    #[test]
    fn a_folder_stays_taken_when_its_lock_file_is_removed() {
        let home = tempfile::tempdir().unwrap();
        let _first = Folder::take(home.path()).unwrap().unwrap();
        std::fs::remove_file(home.path().join("lock")).unwrap();
        assert!(Folder::take(home.path()).unwrap().is_none());
    }
}
