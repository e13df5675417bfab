use base::Result;
use store::{Entity, TenantStore};

use super::{RetentionSubject, Rule};
use crate::holds;

/// A rule; without days and hold, as version 0, while nobody has set one.
///
/// # Errors
/// When the store cannot answer.
pub async fn get(tenant: &TenantStore, whose: RetentionSubject) -> Result<Entity<Rule>> {
    holds::get(tenant, whose.id(), whose.subject()).await
}

/// A rule, made where there is none.
pub(super) async fn made(tenant: &TenantStore, whose: RetentionSubject) -> Result<Entity<Rule>> {
    holds::made(tenant, whose.id(), whose.subject()).await
}
