use std::collections::BTreeSet;

use base::ObjectId;
use store::Write;
use store::statement::Commit;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Number of locks. Documents whose ids share a shard share a lock.
const SHARDS: usize = 256;

/// Locks of documents with incremented fields, by shard of their id.
///
/// The server aborts a transaction that meets another's uncommitted write. Of many concurrent
/// increments of one field most would be retried until they fail. Within a process they wait for
/// each other instead.
pub(crate) struct IncrementLocks([Semaphore; SHARDS]);

impl Default for IncrementLocks {
    fn default() -> Self {
        Self([const { Semaphore::const_new(1) }; SHARDS])
    }
}

impl IncrementLocks {
    /// Waits until no other commit of this process increments the same documents.
    pub(super) async fn take(&self, commit: &Commit) -> Vec<SemaphorePermit<'_>> {
        let added = commit.writes().iter().filter_map(|write| match write {
            Write::Increment { id, .. } => Some(shard(*id)),
            _ => None,
        });
        // Acquires in sorted order to avoid deadlock.
        let lanes: BTreeSet<usize> = added.collect();
        let mut turns = Vec::with_capacity(lanes.len());
        for shard in lanes {
            turns.extend(self.0[shard].acquire().await);
        }
        turns
    }
}

fn shard(id: ObjectId) -> usize {
    id.0.iter().fold(0, |sum: usize, byte| {
        sum.wrapping_mul(31).wrapping_add(usize::from(*byte))
    }) % SHARDS
}
