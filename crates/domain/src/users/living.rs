use std::collections::HashSet;

use base::{Id, Result};
use store::TenantStore;

use super::User;

/// Those of some users who are there and are not being erased, by one
/// statement. What a job or queue has kept of others must not be written again.
///
/// # Errors
/// When the store cannot answer.
pub(crate) async fn living(tenant: &TenantStore, users: &[Id<User>]) -> Result<HashSet<Id<User>>> {
    let found = tenant.get_many_with_deleted(users).await?;
    Ok(found
        .into_iter()
        .filter(|user| user.erased_at.is_none())
        .map(|user| user.id)
        .collect())
}
