use std::collections::BTreeMap;

use crate::batch::Write;
use crate::declaration::Declaration;
use crate::engine::CommitError;
use crate::partition::Partition;
use crate::statement::{Commit, Due};
use crate::store::Store;

impl Store {
    /// Removes expired documents of one collection, of all tenants of a partition, at most `limit`.
    /// Returns their number. For jobs only.
    ///
    /// # Errors
    /// Fails with [`CommitError`] if the engine cannot remove them; earlier removals of this call
    /// persist.
    pub async fn sweep(
        &self,
        partition: Partition,
        declaration: &'static Declaration,
        limit: usize,
    ) -> Result<usize, CommitError> {
        let Some(field) = declaration.expires else {
            return Ok(0);
        };
        let due = Due {
            partition,
            declaration,
            field,
            now: self.0.context.now(),
            limit,
        };
        let mut writes: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let mut swept = 0;
        for (tenant, id) in self.0.engine.due(due).await? {
            writes.entry(tenant).or_default().push(Write::Remove {
                declaration,
                id,
                required: false,
            });
            swept += 1;
        }
        for (tenant, writes) in writes {
            let durability = declaration.durability;
            self.write(Commit {
                partition,
                tenant: Some(tenant),
                durability,
                writes,
                run: false,
            })
            .await?;
        }
        Ok(swept)
    }
}
