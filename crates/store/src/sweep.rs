use std::collections::BTreeMap;

use crate::batch::Write;
use crate::declaration::Declaration;
use crate::engine::CommitError;
use crate::partition::Partition;
use crate::statement::{Commit, Due};
use crate::store::Store;

impl Store {
    /// Removes documents of one collection whose expiry has come, of all
    /// tenants of a place and at most `limit`, and says how many. For jobs only.
    ///
    /// # Errors
    /// [`CommitError`] when the engine cannot; what went before it is gone.
    pub async fn sweep(
        &self,
        place: Partition,
        declaration: &'static Declaration,
        limit: usize,
    ) -> Result<usize, CommitError> {
        let Some(field) = declaration.expires else {
            return Ok(0);
        };
        let due = Due {
            place,
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
                place,
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
