//! Commits: a single write is one command, queued inserts of a collection share a command, and
//! several writes are a transaction.

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

/// Maximum attempts of an upsert when other writers insert the same key concurrently.
const UPSERTS: u32 = 5;

/// Time limit for a majority to acknowledge a write; after it the outcome is unknown.
const REPLICATION: std::time::Duration = std::time::Duration::from_secs(10);

/// Returns the write concern that an acknowledged write must satisfy.
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
        self.before_writing(*commit.partition()).await?;
        match commit.writes().as_slice() {
            [] => Ok(()),
            [Write::Insert { declaration, row }] => {
                self.insert_grouped(&commit, declaration, row).await
            }
            // Reads the ids before it removes the documents, so both need one transaction.
            [Write::RemoveRange { .. }] => self.write_together(&commit).await,
            [_] => {
                // A write that conflicts with an open transaction blocks its connection until that
                // transaction ends. The transaction needs a connection too, so some are reserved
                // for it.
                let _turn = self.singles.acquire().await;
                self.write_one(&commit).await
            }
            _ if *commit.run() => self.insert_run(&commit).await,
            _ => self.write_together(&commit).await,
        }
    }
}
