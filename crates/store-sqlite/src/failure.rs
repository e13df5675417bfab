//! Conversion of `SQLite` errors into the errors of the store.

use std::sync::Arc;

use rusqlite::{ErrorCode, ffi};
use store::{Cause, CommitError, ReadError};

/// Error of statements after the engine was closed.
#[derive(Debug, thiserror::Error)]
#[error("the engine is closed")]
pub(crate) struct Closed;

/// Error of a wait that exceeded its timeout.
#[derive(Debug, thiserror::Error)]
#[error("timed out while waiting for {0}")]
pub(crate) struct TooLong(pub(crate) &'static str);

/// Converts the error of a read.
pub(crate) fn of_read(error: rusqlite::Error) -> ReadError {
    match () {
        () if halting(&error) => ReadError::Halted(Arc::new(error)),
        () if passing(&error) => ReadError::Unavailable(Arc::new(error)),
        () => ReadError::Broken(Arc::new(error)),
    }
}

/// Converts the error of a batch that was rolled back.
pub(crate) fn of_commit(error: rusqlite::Error) -> CommitError {
    of_read(error).into()
}

/// Converts the error of a transaction whose last step failed. After a disk error in that step, it
/// is unknown whether a restart finds the transaction committed.
pub(crate) fn of_last_step(error: rusqlite::Error) -> CommitError {
    if error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure) {
        return CommitError::OutcomeUnknown(Arc::new(error));
    }
    of_commit(error)
}

pub(crate) fn halted(cause: impl std::error::Error + Send + Sync + 'static) -> ReadError {
    ReadError::Halted(Arc::new(cause) as Cause)
}

/// Converts the error of creating a file or directory.
pub(crate) fn of_folder(error: std::io::Error) -> ReadError {
    use std::io::ErrorKind::{PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    match error.kind() {
        StorageFull | QuotaExceeded | ReadOnlyFilesystem | PermissionDenied => halted(error),
        _ => unavailable(error),
    }
}

pub(crate) fn unavailable(cause: impl std::error::Error + Send + Sync + 'static) -> ReadError {
    ReadError::Unavailable(Arc::new(cause) as Cause)
}

pub(crate) fn broken(cause: impl std::error::Error + Send + Sync + 'static) -> ReadError {
    ReadError::Broken(Arc::new(cause) as Cause)
}

/// Returns whether every retry fails until an operator acts.
fn halting(error: &rusqlite::Error) -> bool {
    is_damage(error) || is_full(error) || error.sqlite_error_code() == Some(ErrorCode::ReadOnly)
}

/// Returns whether the disk, or the owner's quota on it, is full.
pub(crate) fn is_full(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DiskFull)
}

/// Returns whether the error means that the file is damaged. Tables are created before a file is
/// used, so a missing table is damage.
pub(crate) fn is_damage(error: &rusqlite::Error) -> bool {
    let by_code = matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
    );
    let message = match error {
        rusqlite::Error::SqliteFailure(_, Some(message)) => message,
        rusqlite::Error::SqlInputError { msg, .. } => msg,
        _ => "",
    };
    by_code || message.starts_with("no such table")
}

/// Returns whether a retry may succeed without a change of the code or the file.
fn passing(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error_code();
    code.is_some_and(|code| {
        matches!(
            code,
            ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::SystemIoFailure
                | ErrorCode::CannotOpen
                | ErrorCode::OutOfMemory
                | ErrorCode::OperationInterrupted
                | ErrorCode::FileLockingProtocolFailed
                | ErrorCode::SchemaChanged
        )
    })
}

/// Aborts the process if a sync has failed. The kernel may have dropped the pages that it could
/// not write, so a later successful sync proves nothing.
pub(crate) fn stop_after_failed_sync(error: &rusqlite::Error) {
    if sync_failed(error) {
        tracing::error!(%error, "the disk could not be synced; stopping before anything is acknowledged that may be lost");
        std::process::abort();
    }
}

fn sync_failed(error: &rusqlite::Error) -> bool {
    // The index of the log is only memory that processes share; it is never synced.
    const SHARED_MEMORY: [i32; 4] = [
        ffi::SQLITE_IOERR_SHMOPEN,
        ffi::SQLITE_IOERR_SHMSIZE,
        ffi::SQLITE_IOERR_SHMLOCK,
        ffi::SQLITE_IOERR_SHMMAP,
    ];
    let code = error.sqlite_error().map(|error| error.extended_code);
    error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure)
        && code.is_none_or(|code| !SHARED_MEMORY.contains(&code))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(code: i32) -> rusqlite::Error {
        rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)
    }

    #[test]
    fn a_full_disk_and_damage_need_an_operator_a_wrong_statement_a_developer() {
        for code in [
            ffi::SQLITE_FULL,
            ffi::SQLITE_CORRUPT,
            ffi::SQLITE_NOTADB,
            ffi::SQLITE_READONLY,
        ] {
            assert!(
                matches!(of_read(failure(code)), ReadError::Halted(_)),
                "{code}"
            );
            assert!(
                matches!(of_commit(failure(code)), CommitError::Halted(_)),
                "{code}"
            );
        }
        assert!(matches!(
            of_commit(failure(ffi::SQLITE_BUSY)),
            CommitError::Unavailable(_)
        ));
        assert!(matches!(
            of_read(failure(ffi::SQLITE_ERROR)),
            ReadError::Broken(_)
        ));
    }

    #[test]
    fn only_a_failed_sync_or_write_stops_the_process() {
        assert!(sync_failed(&failure(ffi::SQLITE_IOERR_FSYNC)));
        assert!(!sync_failed(&failure(ffi::SQLITE_FULL)));
        let no_memory_for_the_index = failure(ffi::SQLITE_IOERR_SHMSIZE);
        assert!(!sync_failed(&no_memory_for_the_index));
        assert!(matches!(
            of_last_step(no_memory_for_the_index),
            CommitError::OutcomeUnknown(_)
        ));
    }
}
