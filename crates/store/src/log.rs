//! Parameters, guard and result of an append to a log. The sequencer executes the append.

use std::fmt;
use std::sync::Arc;

use base::{Error, Id};

use crate::batch::{Batch, Write};
use crate::collection::{Entity, Row, TenantData};
use crate::engine::{Cause, CommitError, ReadError};

/// Record to append, with the guard that authorizes it and adds the writes of the same commit.
pub struct Append<C> {
    /// Id, generated once before the first attempt. After an unknown outcome it identifies what was
    /// written.
    pub id: Id<C>,
    /// Record; the sequencer sets its number.
    pub record: C,
    /// Number of the newest record that the guard's knowledge already includes; `None` if it needs
    /// no record from before.
    pub seen: Option<i64>,
    /// Guard that decides whether the record may follow the records since then, and adds the writes
    /// of the same commit.
    pub guard: Guard,
}

impl<C> fmt::Debug for Append<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Append({}, seen {:?})", self.id, self.seen)
    }
}

type Check =
    dyn Fn(&mut dyn Iterator<Item = &Row>) -> Result<Batch<TenantData>, Error> + Send + Sync;

/// Check of a record against the records since its caller's last read.
///
/// It receives every record after [`Append::seen`], those of its own batch included. It returns
/// whether another record may follow and the writes of the same commit. It may run again with other
/// records, so each run starts from the beginning. The caller's read may already include a record
/// it receives, so applying a record twice must be harmless.
pub struct Guard(Box<Check>);

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Guard")
    }
}

impl Guard {
    /// Creates a guard from a check of the records.
    #[must_use]
    pub fn new(
        check: impl Fn(&mut dyn Iterator<Item = &Row>) -> Result<Batch<TenantData>, Error>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        Self(Box::new(check))
    }

    pub(crate) fn check(&self, since: &mut dyn Iterator<Item = &Row>) -> Result<Vec<Write>, Error> {
        let batch = (self.0)(since)?;
        batch
            .misuse
            .map_or(Ok(batch.writes), |misuse| Err(Error::internal(misuse)))
    }
}

/// Outcome of an append.
#[derive(Debug, Clone)]
pub enum Appended<C> {
    /// The record was appended.
    New(Entity<C>),
    /// A record with the same retry key already existed: this one.
    Known(Entity<C>),
}

/// Reason why a record is not in the log, or why that is unknown.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AppendError {
    /// The guard rejected the record.
    #[error("rejected by the guard: {0}")]
    Refused(Error),
    /// A write in the same commit violated a unique index of this collection.
    #[error("unique index {collection}.{index} violated by a write of the guard")]
    Conflict {
        /// Collection of the index.
        collection: &'static str,
        /// Name of the index.
        index: &'static str,
    },
    /// The precondition of a write in the same commit failed.
    #[error("precondition of a write of the guard failed")]
    PreconditionFailed {
        /// Current version of the document, if it exists.
        current: Option<i64>,
    },
    /// A sum would exceed its bound.
    #[error("a sum of the guard would exceed its limit")]
    LimitExceeded,
    /// Too many records were written since [`Append::seen`], or the log does not reach it. The
    /// caller must read again.
    #[error("too many records were written since the guard's read")]
    Behind,
    /// Too many records wait for the same log, or the store is temporarily unavailable for writes. Nothing was written.
    #[error("the log is temporarily unavailable")]
    Unavailable(#[source] Cause),
    /// The store cannot write until an operator acts. Nothing was written.
    #[error("the log is unavailable until an operator acts")]
    Halted(#[source] Cause),
    /// The store does not know whether the record was written.
    #[error("the outcome of the append is unknown")]
    OutcomeUnknown(#[source] Cause),
    /// The engine returned an invalid result.
    #[error("the engine returned an invalid result")]
    Broken(#[source] Cause),
}

impl From<ReadError> for AppendError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Unavailable(cause) => Self::Unavailable(cause),
            ReadError::Halted(cause) => Self::Halted(cause),
            ReadError::Broken(cause) => Self::Broken(cause),
        }
    }
}

const HALTED: &str =
    "The server cannot use its storage now; its operator must act before another try succeeds.";
const LATER: &str = "The store cannot take this now; try again shortly.";
const UNCLEAR: &str = "It is unclear whether this was stored; try again with the same client_message_id or Idempotency-Key.";
/// Delay before a client retries, in milliseconds.
const RETRY_MS: u64 = 1_000;
/// Delay before a client retries if an operator must act first, in milliseconds.
const RETRY_HALTED_MS: u64 = 10_000;

fn halted(cause: Cause) -> Error {
    Error::new(base::ErrorCode::Unavailable, HALTED)
        .retry_after_ms(RETRY_HALTED_MS)
        .caused_by(Shared(cause))
}

fn later(cause: Cause) -> Error {
    Error::new(base::ErrorCode::Unavailable, LATER)
        .retry_after_ms(RETRY_MS)
        .caused_by(Shared(cause))
}

fn unclear(cause: Cause) -> Error {
    Error::new(base::ErrorCode::Unavailable, UNCLEAR)
        .retry_after_ms(RETRY_MS)
        .caused_by(Shared(cause))
}

#[derive(Debug, thiserror::Error)]
#[error(transparent)]
struct Shared(Cause);

impl From<ReadError> for Error {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Unavailable(cause) => later(cause),
            ReadError::Halted(cause) => halted(cause),
            ReadError::Broken(cause) => Self::internal(Shared(cause)),
        }
    }
}

/// Maps conflicts that a module does not expect; it handles the expected ones itself.
impl From<CommitError> for Error {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::PreconditionFailed { current, .. } => stale(current),
            CommitError::Conflict { .. } => Self::new(
                base::ErrorCode::StateConflict,
                "Concurrent modification; read again and retry.",
            )
            .caused_by(error),
            CommitError::LimitExceeded { .. } => {
                Self::new(base::ErrorCode::LimitReached, "A limit is reached.")
            }
            CommitError::Unavailable(cause) => later(cause),
            CommitError::Halted(cause) => halted(cause),
            CommitError::OutcomeUnknown(cause) => unclear(cause),
            CommitError::Broken(cause) => Self::internal(Shared(cause)),
        }
    }
}

/// Maps conflicts that a module does not expect; it handles the expected ones itself.
impl From<AppendError> for Error {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Refused(failure) => failure,
            AppendError::PreconditionFailed { current } => stale(current),
            AppendError::Conflict { .. } => Self::new(
                base::ErrorCode::StateConflict,
                "Concurrent modification; read again and retry.",
            )
            .caused_by(error),
            AppendError::LimitExceeded => {
                Self::new(base::ErrorCode::LimitReached, "A limit is reached.")
            }
            AppendError::Behind => later(Arc::new(AppendError::Behind)),
            AppendError::Unavailable(cause) => later(cause),
            AppendError::Halted(cause) => halted(cause),
            AppendError::OutcomeUnknown(cause) => unclear(cause),
            AppendError::Broken(cause) => Self::internal(Shared(cause)),
        }
    }
}

fn stale(current: Option<i64>) -> Error {
    let failure = Error::new(
        base::ErrorCode::VersionConflict,
        "The object has changed since it was read; read it again and retry.",
    );
    match current {
        Some(version) => failure.with_current_version(version),
        None => failure,
    }
}
