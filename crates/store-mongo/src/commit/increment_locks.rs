use std::collections::BTreeSet;

use base::ObjectId;
use store::Write;
use store::statement::Commit;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Numbers whose writers are told apart; those beyond share a turn.
const SHARDS: usize = 256;

/// Turns of those who add to the same numbers. The server aborts a transaction
/// that meets another's unfinished write, so of many who add to one number
/// most would begin again and again, until they give up. In one process they
/// wait for each other instead.
pub(crate) struct IncrementLocks([Semaphore; SHARDS]);

impl Default for IncrementLocks {
    fn default() -> Self {
        Self([const { Semaphore::const_new(1) }; SHARDS])
    }
}

impl IncrementLocks {
    /// Waits until nobody else adds to the numbers of this commit.
    pub(super) async fn take(&self, commit: &Commit) -> Vec<SemaphorePermit<'_>> {
        let added = commit.writes().iter().filter_map(|write| match write {
            Write::Increment { id, .. } => Some(shard(*id)),
            _ => None,
        });
        // All in one order: nobody waits for who waits for them.
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
