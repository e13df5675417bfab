//! What a failed command means: whether it may have written.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use mongodb::error::{Error, ErrorKind, WriteFailure};
use store::{Cause, CommitError, Declaration, ReadError};

/// How long a statement may take in all, elections included.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Server codes that say "not now": interrupted, stepping down, out of time,
/// no primary, too old a snapshot.
const PASSING: &[i32] = &[
    6, 7, 43, 50, 89, 91, 112, 133, 134, 189, 246, 251, 262, 9001, 10107, 11600, 11602, 13435,
    13436,
];
/// The server code of a full disk.
const OUT_OF_DISK_SPACE: i32 = 14_031;
const BAD_VALUE: i32 = 2;
pub(crate) const DUPLICATE_KEY: i32 = 11000;

#[derive(Debug, thiserror::Error)]
#[error("the server did not answer in time")]
pub(crate) struct TooLate;

/// Runs a command within the time that any may take.
pub(crate) async fn in_time<T>(
    command: impl IntoFuture<Output = Result<T, Error>>,
) -> Result<T, Fault> {
    bounded(PATIENCE, command.into_future()).await
}

async fn bounded<T>(
    patience: Duration,
    command: impl Future<Output = Result<T, Error>>,
) -> Result<T, Fault> {
    // The driver's futures are large, and several stand within each other.
    match tokio::time::timeout(patience, Box::pin(command)).await {
        Ok(answer) => answer.map_err(Fault::Driver),
        Err(_) => Err(Fault::TooLate),
    }
}

/// Why a command brought no answer.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The driver says why.
    Driver(Error),
    /// No answer came in time.
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

    /// The duplicate key's message, when that is what it is.
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

    /// Whether somebody removed an index since this process looked at the place.
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

    /// What it means for a read.
    pub(crate) fn read(self) -> ReadError {
        match () {
            () if self.halts() => ReadError::Halted(self.cause()),
            () if self.passes() => ReadError::Unavailable(self.cause()),
            () => ReadError::Broken(self.cause()),
        }
    }

    /// What it means for a write that is not part of a transaction.
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

    /// Whether no further try succeeds before an operator acts.
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

    /// Whether another try may succeed.
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

/// The declared index that a duplicate key's message names: the driver keeps
/// only the text of the server's answer.
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
