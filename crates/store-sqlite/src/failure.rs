//! What an error of `SQLite` means to whoever asked.

use std::sync::Arc;

use rusqlite::ErrorCode;
use store::{Cause, CommitError, ReadError};

/// Says that the engine was closed.
#[derive(Debug, thiserror::Error)]
#[error("the engine is closed")]
pub(crate) struct Closed;

/// Says that something took longer than anyone should wait.
#[derive(Debug, thiserror::Error)]
#[error("waited too long for {0}")]
pub(crate) struct TooLong(pub(crate) &'static str);

/// The read's failure.
pub(crate) fn of_read(error: rusqlite::Error) -> ReadError {
    if passing(&error) { ReadError::Unavailable(Arc::new(error)) } else { ReadError::Broken(Arc::new(error)) }
}

/// The failure of a batch that was rolled back.
pub(crate) fn of_commit(error: rusqlite::Error) -> CommitError {
    if passing(&error) { CommitError::Unavailable(Arc::new(error)) } else { CommitError::Broken(Arc::new(error)) }
}

pub(crate) fn unavailable(cause: impl std::error::Error + Send + Sync + 'static) -> ReadError {
    ReadError::Unavailable(Arc::new(cause) as Cause)
}

pub(crate) fn broken(cause: impl std::error::Error + Send + Sync + 'static) -> ReadError {
    ReadError::Broken(Arc::new(cause) as Cause)
}

/// Whether another try may succeed without anyone changing the code or the file.
fn passing(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error_code();
    code.is_some_and(|code| {
        matches!(
            code,
            ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure
                | ErrorCode::CannotOpen
                | ErrorCode::OutOfMemory
                | ErrorCode::OperationInterrupted
                | ErrorCode::FileLockingProtocolFailed
                | ErrorCode::SchemaChanged
        )
    })
}

/// Ends the process when a sync has failed: the kernel may have dropped the
/// pages it could not write, so a later sync that succeeds proves nothing.
pub(crate) fn stop_after_failed_sync(error: &rusqlite::Error) {
    if sync_failed(error) {
        tracing::error!(%error, "the disk could not be synced; stopping before anything is acknowledged that may be lost");
        std::process::abort();
    }
}

fn sync_failed(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure)
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;

    fn failure(code: i32) -> rusqlite::Error {
        rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)
    }

    #[test]
    fn a_full_disk_may_pass_and_a_wrong_statement_may_not() {
        assert!(matches!(of_read(failure(ffi::SQLITE_FULL)), ReadError::Unavailable(_)));
        assert!(matches!(of_commit(failure(ffi::SQLITE_BUSY)), CommitError::Unavailable(_)));
        assert!(matches!(of_read(failure(ffi::SQLITE_ERROR)), ReadError::Broken(_)));
    }

    #[test]
    fn only_a_failed_sync_or_write_stops_the_process() {
        assert!(sync_failed(&failure(ffi::SQLITE_IOERR_FSYNC)));
        assert!(!sync_failed(&failure(ffi::SQLITE_FULL)));
    }
}
