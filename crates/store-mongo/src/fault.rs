//! Classification of failed commands: whether a retry may succeed and whether data was written.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use mongodb::error::{Error, ErrorKind, WriteFailure};
use store::{Cause, CommitError, Declaration, ReadError};

/// Time limit of a statement, elections included.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Server error codes of transient failures: interrupted, stepping down, time limit exceeded, no
/// primary, snapshot too old.
const PASSING: &[i32] = &[
    6, 7, 43, 50, 89, 91, 112, 133, 134, 189, 246, 251, 262, 9001, 10107, 11600, 11602, 13435,
    13436,
];
/// Server error code of a full disk.
const OUT_OF_DISK_SPACE: i32 = 14_031;
const BAD_VALUE: i32 = 2;
pub(crate) const DUPLICATE_KEY: i32 = 11000;

#[derive(Debug, thiserror::Error)]
#[error("the server did not respond in time")]
pub(crate) struct TooLate;

/// Runs a command with the time limit [`PATIENCE`].
pub(crate) async fn in_time<T>(
    command: impl IntoFuture<Output = Result<T, Error>>,
) -> Result<T, Fault> {
    bounded(PATIENCE, command.into_future()).await
}

async fn bounded<T>(
    patience: Duration,
    command: impl Future<Output = Result<T, Error>>,
) -> Result<T, Fault> {
    // The driver's futures are large and nested in each other; a box keeps the outer ones small.
    match tokio::time::timeout(patience, Box::pin(command)).await {
        Ok(answer) => answer.map_err(Fault::Driver),
        Err(_) => Err(Fault::TooLate),
    }
}

/// Reason why a command returned no result.
#[derive(Debug)]
pub(crate) enum Fault {
    /// Error of the driver or the server.
    Driver(Error),
    /// The time limit was exceeded.
    TooLate,
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Driver(error)
    }
}

impl Fault {
    pub(crate) fn has_label(&self, label: &str) -> bool {
        matches!(self, Self::Driver(error) if error.contains_label(label))
    }

    /// Returns the server's message if the fault is a duplicate key.
    pub(crate) fn duplicate(&self) -> Option<&str> {
        let Self::Driver(error) = self else {
            return None;
        };
        match error.kind.as_ref() {
            ErrorKind::Write(WriteFailure::WriteError(error)) if error.code == DUPLICATE_KEY => {
                Some(&error.message)
            }
            ErrorKind::Command(error) if error.code == DUPLICATE_KEY => Some(&error.message),
            _ => None,
        }
    }

    /// Returns whether the hinted index was dropped since this process migrated the partition.
    pub(crate) fn lacks_index(&self) -> bool {
        let Self::Driver(error) = self else {
            return false;
        };
        matches!(error.kind.as_ref(), ErrorKind::Command(error)
            if error.code == BAD_VALUE && error.message.contains("hint provided does not correspond"))
    }

    pub(crate) fn cause(self) -> Cause {
        match self {
            Self::Driver(error) => Arc::new(error),
            Self::TooLate => Arc::new(TooLate),
        }
    }

    /// Returns the error of a read.
    pub(crate) fn read(self) -> ReadError {
        match () {
            () if self.halts() => ReadError::Halted(self.cause()),
            () if self.passes() => ReadError::Unavailable(self.cause()),
            () => ReadError::Broken(self.cause()),
        }
    }

    /// Returns the error of a write outside of a transaction.
    pub(crate) fn write(self) -> CommitError {
        let never_sent = matches!(&self, Self::Driver(error) if matches!(error.kind.as_ref(), ErrorKind::ServerSelection { .. }));
        if self.halts() {
            CommitError::Halted(self.cause())
        } else if never_sent {
            CommitError::Unavailable(self.cause())
        } else if self.passes() {
            CommitError::OutcomeUnknown(self.cause())
        } else {
            CommitError::Broken(self.cause())
        }
    }

    /// Returns whether no retry succeeds before an operator acts.
    pub(crate) fn halts(&self) -> bool {
        let Self::Driver(error) = self else {
            return false;
        };
        match error.kind.as_ref() {
            ErrorKind::Command(error) => error.code == OUT_OF_DISK_SPACE,
            ErrorKind::Write(WriteFailure::WriteError(error)) => error.code == OUT_OF_DISK_SPACE,
            _ => false,
        }
    }

    /// Returns whether a retry may succeed.
    pub(crate) fn passes(&self) -> bool {
        let Self::Driver(error) = self else {
            return true;
        };
        match error.kind.as_ref() {
            ErrorKind::Command(command) => {
                PASSING.contains(&command.code) || error.contains_label("RetryableWriteError")
            }
            ErrorKind::Write(WriteFailure::WriteError(error)) => PASSING.contains(&error.code),
            ErrorKind::Write(_)
            | ErrorKind::Io(_)
            | ErrorKind::ServerSelection { .. }
            | ErrorKind::ConnectionPoolCleared { .. }
            | ErrorKind::DnsResolve { .. }
            | ErrorKind::InsertMany(_)
            | ErrorKind::Shutdown => true,
            _ => false,
        }
    }
}

/// Returns the declared index that a duplicate key message names, or `_id`. The message is all that
/// the driver keeps of the server's response.
pub(crate) fn index_in(declaration: &Declaration, message: &str) -> Option<&'static str> {
    let name = message
        .split(" index: ")
        .nth(1)?
        .split(" dup key:")
        .next()?
        .trim();
    if name == "_id_" {
        return Some("_id");
    }
    declaration.index(name).map(|index| index.name)
}
