use base::Result;
use store::{Entity, Tenant};

use super::{Rule, Whose};
use crate::holds;

/// A rule; without days and hold, as version 0, while nobody has set one.
///
/// # Errors
/// When the store cannot answer.
pub async fn get(tenant: &Tenant, whose: Whose) -> Result<Entity<Rule>> {
    holds::get(tenant, whose.id(), whose.subject()).await
}

/// A rule, made where there is none.
pub(super) async fn made(tenant: &Tenant, whose: Whose) -> Result<Entity<Rule>> {
    holds::made(tenant, whose.id(), whose.subject()).await
}
