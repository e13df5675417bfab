use std::collections::HashMap;

use base::{Id, Result};
use store::{Entity, TenantStore};

use super::Profile;
use crate::users::{User, companion, companions};

/// The profile of a user who is there; made when it is missing. Whoever may
/// see the user may see it, but for its metadata, which is the user's and
/// their server's to read.
///
/// # Errors
/// 503 when the store cannot answer or write.
pub async fn get(tenant: &TenantStore, user: Id<User>) -> Result<Entity<Profile>> {
    companion(tenant, user).await
}

/// The profiles of users who are there, by one statement when none is missing.
///
/// # Errors
/// 503 when the store cannot answer or write.
pub async fn get_many(
    tenant: &TenantStore,
    users: &[Id<User>],
) -> Result<HashMap<Id<User>, Entity<Profile>>> {
    companions(tenant, users).await
}
