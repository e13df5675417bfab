//! What a room says when it appends to a log. The sequencer does it.

use std::fmt;
use std::sync::Arc;

use base::{Error, Id};

use crate::batch::{Batch, Write};
use crate::collection::{Entity, Row, TenantData};
use crate::engine::{Cause, CommitError, ReadError};

/// A record to append, and who decides whether it may stand and what is
/// written with it.
pub struct Append<C> {
    /// Minted once, before the first attempt: after an unclear error it tells what landed.
    pub id: Id<C>,
    /// The record; the sequencer sets its number.
    pub record: C,
    /// The newest record of the log that what the guard knows already
    /// includes; `None` when it asks for nothing that came before.
    pub seen: Option<i64>,
    /// Decides whether the record may stand behind what came since, and what is written with it.
    pub guard: Guard,
}

impl<C> fmt::Debug for Append<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Append({}, seen {:?})", self.id, self.seen)
    }
}

type Check =
    dyn Fn(&mut dyn Iterator<Item = &Row>) -> Result<Batch<TenantData>, Error> + Send + Sync;

/// Is shown every record since the one its maker saw, those of its own run
/// included, and says whether another may follow and what is written in the
/// same commit. It may be asked again with other records, so it starts anew
/// each time. A record it is shown may be included already in what its maker
/// read, so what it folds must bear being folded twice.
pub struct Guard(Box<Check>);

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Guard")
    }
}

impl Guard {
    /// A guard that decides by the records.
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

/// What became of an append.
#[derive(Debug, Clone)]
pub enum Appended<C> {
    /// The record stands now.
    New(Entity<C>),
    /// A record under the same retry key stood already: this one.
    Known(Entity<C>),
}

/// Why a record is not in the log, or that it is unclear whether it is.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AppendError {
    /// The guard refused.
    #[error("the guard refused: {0}")]
    Refused(Error),
    /// A write beside the record met a unique index of this collection.
    #[error("a write beside the record met the unique index {collection}.{index}")]
    Conflict {
        /// The collection.
        collection: &'static str,
        /// The index.
        index: &'static str,
    },
    /// What a write beside the record expected does not hold.
    #[error("what a write beside the record expected does not hold")]
    PreconditionFailed {
        /// The version that stands, if the document is there.
        current: Option<i64>,
    },
    /// A sum would exceed its largest value.
    #[error("a sum would exceed its largest value")]
    LimitExceeded,
    /// So much was written since the guard looked that it must look again.
    #[error("too much was written since the guard looked")]
    Behind,
    /// Too many wait for the same log, or the store cannot write now. Nothing was written.
    #[error("the log cannot take the record now")]
    Unavailable(#[source] Cause),
    /// The store cannot write until an operator acts. Nothing was written.
    #[error("the log cannot take the record until an operator acts")]
    Halted(#[source] Cause),
    /// The store cannot say whether the record stands.
    #[error("it is unclear whether the record stands")]
    OutcomeUnknown(#[source] Cause),
    /// The engine answered what it should never answer.
    #[error("the store is broken")]
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
/// How long a client waits before the next try, in milliseconds.
const RETRY_MS: u64 = 1_000;
/// The same where an operator must act first.
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

/// For conflicts that the room did not foresee; those it did it handles itself.
impl From<CommitError> for Error {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::PreconditionFailed { current, .. } => stale(current),
            CommitError::Conflict { .. } => Self::new(
                base::ErrorCode::StateConflict,
                "Something else took the same place at the same time; read again and retry.",
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

/// For conflicts that the room did not foresee; those it did it handles itself.
impl From<AppendError> for Error {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Refused(failure) => failure,
            AppendError::PreconditionFailed { current } => stale(current),
            AppendError::Conflict { .. } => Self::new(
                base::ErrorCode::StateConflict,
                "Something else took the same place at the same time; read again and retry.",
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
