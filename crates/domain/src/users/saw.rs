use base::{Id, Result};
use store::TenantStore;

use super::User;

/// Notes that a user is connected now; neither version nor `updated_at` change.
///
/// # Errors
/// 503 when the store cannot take it now.
pub async fn saw(tenant: &TenantStore, user: Id<User>) -> Result<()> {
    let mut batch = tenant.batch();
    let now = batch.now();
    batch.raise(user, User::last_seen_at, now);
    Ok(tenant.commit(batch).await?)
}
