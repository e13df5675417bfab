//! Commits: one write is one command, and inserts that wait for the same
//! collection go together; several writes are a transaction.

mod conflict_error;
mod group;
mod increment_locks;
mod operation;
mod remove_range;
mod single_write;
mod transaction;
mod update_together;

use mongodb::options::{Acknowledgment, WriteConcern};
use store::statement::Commit;
use store::{CommitError, Durability, Write};

use crate::MongoEngine;
pub(crate) use group::Groups;
pub(crate) use increment_locks::IncrementLocks;

/// How often an upsert is tried when others make the same key meanwhile.
const UPSERTS: u32 = 5;

/// How long a write may wait for a majority before it is unclear.
const REPLICATION: std::time::Duration = std::time::Duration::from_secs(10);

/// What an acknowledged write must have reached.
pub(crate) fn concern(durability: Durability) -> WriteConcern {
    match durability {
        Durability::Durable => WriteConcern::builder()
            .w(Acknowledgment::Majority)
            .journal(true)
            .w_timeout(REPLICATION)
            .build(),
        Durability::Ephemeral => WriteConcern::builder().w(Acknowledgment::Nodes(1)).build(),
    }
}

impl MongoEngine {
    pub(crate) async fn write(&self, commit: Commit) -> Result<(), CommitError> {
        self.stats.commits.add(1);
        self.before_writing(*commit.place()).await?;
        match commit.writes().as_slice() {
            [] => Ok(()),
            [Write::Insert { declaration, row }] => {
                self.insert_grouped(&commit, declaration, row).await
            }
            // It reads what it removes, and both must be one.
            [Write::RemoveRange { .. }] => self.write_together(&commit).await,
            [_] => {
                // A write that meets an open transaction keeps its connection until that one
                // ends, which needs a connection too: some are always left for it.
                let _turn = self.singles.acquire().await;
                self.write_one(&commit).await
            }
            _ if *commit.run() => self.insert_run(&commit).await,
            _ => self.write_together(&commit).await,
        }
    }
}
