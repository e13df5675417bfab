use std::error::Error;
use std::sync::Arc;

use async_trait::async_trait;
use base::{ObjectId, TenantId};
use tokio::sync::broadcast;

use crate::change_event::ChangeEvent;
use crate::collection::Row;
use crate::declaration::Declaration;
use crate::partition::Partition;
use crate::statement::{Commit, Count, Covered, Due, Get, GroupCount, Head, Heads, List, ListEach};
use crate::stats::Stats;
use crate::value::Value;

/// Shared cause of an error, which can be cloned and reported more than once.
pub type Cause = Arc<dyn Error + Send + Sync>;

/// Reason why a read failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ReadError {
    /// The engine is temporarily unavailable; a retry may succeed.
    #[error("the store is temporarily unavailable")]
    Unavailable(#[source] Cause),
    /// The engine is unavailable until an operator acts, for example because of a damaged file.
    #[error("the store is unavailable until an operator acts")]
    Halted(#[source] Cause),
    /// The engine returned an invalid result.
    #[error("the engine returned an invalid result")]
    Broken(#[source] Cause),
}

/// Reason why a commit failed. Nothing was written, unless the variant says otherwise.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CommitError {
    /// A unique index already contains the key of the write at this position.
    #[error("unique index {index} violated by write {write}")]
    Conflict {
        /// Position among the writes.
        write: usize,
        /// Name of the declared index, or `_id`.
        index: &'static str,
    },
    /// The precondition of the write at this position failed.
    #[error("precondition of write {write} failed")]
    PreconditionFailed {
        /// Position among the writes.
        write: usize,
        /// Current version of the document, if it exists.
        current: Option<i64>,
    },
    /// The sum would exceed its bound.
    #[error("the sum of write {write} would exceed its limit")]
    LimitExceeded {
        /// Position among the writes.
        write: usize,
    },
    /// The engine is temporarily unavailable and wrote nothing.
    #[error("the store is temporarily unavailable for writes")]
    Unavailable(#[source] Cause),
    /// The engine cannot write until an operator acts, for example because of a full disk, and
    /// wrote nothing.
    #[error("the store is unavailable for writes until an operator acts")]
    Halted(#[source] Cause),
    /// The engine does not know whether it wrote.
    #[error("the outcome of the commit is unknown")]
    OutcomeUnknown(#[source] Cause),
    /// The engine returned an invalid result.
    #[error("the engine returned an invalid result")]
    Broken(#[source] Cause),
}

/// Maps the failure of a read that had to precede the commit; nothing was written.
impl From<ReadError> for CommitError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Unavailable(cause) => Self::Unavailable(cause),
            ReadError::Halted(cause) => Self::Halted(cause),
            ReadError::Broken(cause) => Self::Broken(cause),
        }
    }
}

/// Port that every engine implements.
///
/// An engine receives statements that it cannot build itself. It migrates the schema of a partition
/// to the declarations on the first access. Dropping a returned future must not interrupt a write
/// halfway.
#[async_trait]
pub trait Engine: Send + Sync + 'static {
    /// Returns documents by their ids.
    async fn get(&self, get: Get) -> Result<Vec<Row>, ReadError>;

    /// Returns documents of one index range.
    async fn list(&self, list: List) -> Result<Vec<Row>, ReadError>;

    /// Returns documents of several index ranges, in any order.
    async fn list_each(&self, list: ListEach) -> Result<Vec<Row>, ReadError>;

    /// Returns fields of the documents of one index range. Documents are in any order, the fields
    /// of each in the requested order.
    async fn covered(&self, covered: Covered) -> Result<Vec<Vec<Value>>, ReadError>;

    /// Returns the number of documents in each range, in the order of the ranges.
    async fn count(&self, count: Count) -> Result<Vec<usize>, ReadError>;

    /// Returns the number of documents of an index range for each value of a field, absent
    /// included.
    async fn tally(&self, tally: GroupCount) -> Result<Vec<(Option<Value>, usize)>, ReadError>;

    /// Returns the heads of the logs that have a record.
    async fn heads(&self, heads: Heads) -> Result<Vec<Head>, ReadError>;

    /// Returns documents of all tenants whose due time or expiry has passed.
    async fn due(&self, due: Due) -> Result<Vec<(TenantId, ObjectId)>, ReadError>;

    /// Commits the writes atomically; may wait for others to form a group commit.
    async fn commit(&self, commit: Commit) -> Result<(), CommitError>;

    /// Migrates the schema of a partition to the declarations now; what is already correct does not
    /// change.
    async fn migrate(&self, partition: Partition) -> Result<(), ReadError>;

    /// Returns a receiver of change events of other processes, if the engine can detect them.
    fn watch(&self) -> Option<broadcast::Receiver<Arc<ChangeEvent>>>;

    /// Checks whether the engine can read and write, as far as it can tell without a statement.
    async fn ready(&self) -> Result<(), ReadError> {
        Ok(())
    }

    /// Returns the counters of the engine.
    fn stats(&self) -> &Stats;

    /// Returns the derived schema as the engine would create it, one command per item.
    fn schema(&self, catalogue: &[&'static Declaration]) -> Vec<String>;

    /// Completes pending writes and closes the engine; later statements are unavailable.
    async fn close(&self);
}
