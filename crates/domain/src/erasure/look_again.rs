use base::{Result, limit};
use store::{Changes, CommitError, TenantStore, Update};

use super::{Erasure, ErasureStatus};

/// Lets the erasures that wait for a hold look at once whether it is lifted.
///
/// # Errors
/// When the store cannot answer: then they look by themselves later.
pub async fn look_again(tenant: &TenantStore) -> Result<()> {
    let mut after = None;
    loop {
        let waiting = Erasure::by_status.eq(Erasure::status, ErasureStatus::Held);
        let page = tenant
            .list(waiting.limit(limit::BATCH).after(after))
            .await?;
        for erasure in page.items {
            let mut batch = tenant.batch();
            let now = Changes::new().set(Erasure::due_at, batch.now());
            batch.update(
                erasure.id,
                Update::of(now).expecting_version(erasure.version),
            );
            match tenant.commit(batch).await {
                // Somebody is at it already.
                Ok(()) | Err(CommitError::PreconditionFailed { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        after = page.next;
        if after.is_none() {
            return Ok(());
        }
    }
}
