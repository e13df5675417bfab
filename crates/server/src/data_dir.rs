//! Data directory of the SQLite engine, and its lock.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::cli_error::CliError;
use crate::control;

/// Attempts to lock the directory while another process starts or stops.
const LOCK_ATTEMPTS: usize = 200;

/// Time between two attempts.
const LOCK_RETRY_DELAY: Duration = Duration::from_millis(50);

/// Result of acquiring a data directory.
#[derive(Debug)]
pub enum DataDirState {
    /// This process has locked the directory.
    Locked(DataDirLock),
    /// A server serves the directory and accepts commands on its control socket.
    Served,
}

/// Locks the directory, or finds the server that serves it. Waits for a process
/// that starts or stops.
///
/// # Errors
/// Fails if the directory cannot be used, or stays locked without being served.
pub async fn acquire(path: &Path) -> Result<DataDirState, CliError> {
    for _ in 0..LOCK_ATTEMPTS {
        if let Some(data_dir) = DataDirLock::try_acquire(path)? {
            return Ok(DataDirState::Locked(data_dir));
        }
        if control::is_served(path).await {
            return Ok(DataDirState::Served);
        }
        tokio::time::sleep(LOCK_RETRY_DELAY).await;
    }
    Err(CliError::new(format!(
        "The data directory {} is in use by another process.",
        path.display()
    )))
}

/// Exclusive lock on a data directory, released on drop.
#[derive(Debug)]
pub struct DataDirLock {
    path: PathBuf,
    _locks: Vec<File>,
}

impl DataDirLock {
    /// Locks the directory and creates it if it does not exist; returns `None`
    /// if another process has locked it. The directory itself is locked, so that
    /// removing a file does not release it. The file `lock` is for file systems
    /// that cannot lock directories.
    ///
    /// # Errors
    /// Fails if the directory cannot be created or opened.
    fn try_acquire(path: &Path) -> Result<Option<Self>, CliError> {
        let unusable = |error| {
            CliError::new(format!("Cannot use the data directory {}", path.display()))
                .with_cause(error)
        };
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(unusable)?;
        let data_dir = File::open(path).map_err(unusable)?;
        if matches!(data_dir.try_lock(), Err(TryLockError::WouldBlock)) {
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
                _locks: vec![data_dir, lock],
            })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(unusable(error)),
        }
    }

    /// Returns the path of the directory.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directory_is_locked_by_one_holder_at_a_time() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("data");
        let first = DataDirLock::try_acquire(&path).unwrap();
        assert!(first.is_some());
        assert!(DataDirLock::try_acquire(&path).unwrap().is_none());
        drop(first);
        assert!(DataDirLock::try_acquire(&path).unwrap().is_some());
    }

    #[test]
    fn directory_stays_locked_when_its_lock_file_is_removed() {
        let home = tempfile::tempdir().unwrap();
        let _first = DataDirLock::try_acquire(home.path()).unwrap().unwrap();
        std::fs::remove_file(home.path().join("lock")).unwrap();
        assert!(DataDirLock::try_acquire(home.path()).unwrap().is_none());
    }
}
