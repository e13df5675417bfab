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

/// A cause that may be kept and shown more than once.
pub type Cause = Arc<dyn Error + Send + Sync>;

/// Why a read failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ReadError {
    /// The engine cannot answer now; another try may succeed.
    #[error("the store cannot answer now")]
    Unavailable(#[source] Cause),
    /// The engine cannot answer until an operator acts, as with a damaged file.
    #[error("the store cannot answer until an operator acts")]
    Halted(#[source] Cause),
    /// The engine answered what it should never answer.
    #[error("the store is broken")]
    Broken(#[source] Cause),
}

/// Why a commit failed. Unless it says otherwise nothing was written.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CommitError {
    /// A unique index already knows the key of the write at this position.
    #[error("the unique index {index} already knows the key of write {write}")]
    Conflict {
        /// The position among the writes.
        write: usize,
        /// The declared index's name, or `_id`.
        index: &'static str,
    },
    /// What the write at this position expected does not hold.
    #[error("what write {write} expected does not hold")]
    PreconditionFailed {
        /// The position among the writes.
        write: usize,
        /// The version that stands, if the document is there.
        current: Option<i64>,
    },
    /// The sum would pass its bound.
    #[error("the sum of write {write} would pass its bound")]
    LimitExceeded {
        /// The position among the writes.
        write: usize,
    },
    /// The engine cannot write now and wrote nothing.
    #[error("the store cannot write now")]
    Unavailable(#[source] Cause),
    /// The engine cannot write until an operator acts, as with a full disk, and wrote nothing.
    #[error("the store cannot write until an operator acts")]
    Halted(#[source] Cause),
    /// The engine cannot say whether it wrote.
    #[error("it is unclear whether the store wrote")]
    OutcomeUnknown(#[source] Cause),
    /// The engine answered what it should never answer.
    #[error("the store is broken")]
    Broken(#[source] Cause),
}

/// Nothing was written for want of something that had to be read first.
impl From<ReadError> for CommitError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Unavailable(cause) => Self::Unavailable(cause),
            ReadError::Halted(cause) => Self::Halted(cause),
            ReadError::Broken(cause) => Self::Broken(cause),
        }
    }
}

/// What an engine must do. It receives statements that it cannot build, and
/// brings a place's schema to the declarations at the place's first touch.
/// Dropping a returned future must not cut a write in half.
#[async_trait]
pub trait Engine: Send + Sync + 'static {
    /// Documents by their ids.
    async fn get(&self, get: Get) -> Result<Vec<Row>, ReadError>;

    /// Documents of one span of an index.
    async fn list(&self, list: List) -> Result<Vec<Row>, ReadError>;

    /// Documents of several spans of an index, in any order.
    async fn list_each(&self, list: ListEach) -> Result<Vec<Row>, ReadError>;

    /// Some fields of the documents of one span of an index, in any order, each
    /// document's in the order in which they are asked for.
    async fn covered(&self, covered: Covered) -> Result<Vec<Vec<Value>>, ReadError>;

    /// How many documents stand in each span, in the order of the spans.
    async fn count(&self, count: Count) -> Result<Vec<usize>, ReadError>;

    /// How many documents of a span have each value of a field, absent included.
    async fn tally(&self, tally: GroupCount) -> Result<Vec<(Option<Value>, usize)>, ReadError>;

    /// The heads of logs, those that have a record.
    async fn heads(&self, heads: Heads) -> Result<Vec<Head>, ReadError>;

    /// Documents of all tenants whose time has come.
    async fn due(&self, due: Due) -> Result<Vec<(TenantId, ObjectId)>, ReadError>;

    /// Writes together or not at all; waits with others for a group commit.
    async fn commit(&self, commit: Commit) -> Result<(), CommitError>;

    /// Brings a place's schema to the declarations now; what is right already is left alone.
    async fn migrate(&self, place: Partition) -> Result<(), ReadError>;

    /// Hints about what other processes wrote, where the engine can tell.
    fn watch(&self) -> Option<broadcast::Receiver<Arc<ChangeEvent>>>;

    /// Checks that the engine can read and write, as far as it can tell without a statement.
    async fn ready(&self) -> Result<(), ReadError> {
        Ok(())
    }

    /// What the engine counts.
    fn stats(&self) -> &Stats;

    /// The derived schema as the engine would make it, one command a line.
    fn schema(&self, catalogue: &[&'static Declaration]) -> Vec<String>;

    /// Lets what waits be written and closes; later statements are unavailable.
    async fn close(&self);
}
