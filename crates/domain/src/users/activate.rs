use base::{IdOrExternalId, Result};
use store::{Changes, Entity, TenantStore, Update};

use super::{User, not_found, resolve};

/// Takes away everything a user may do, until reactivated. Nothing is deleted.
///
/// # Errors
/// 404 `user_not_found`.
pub async fn deactivate(
    tenant: &TenantStore,
    named: &IdOrExternalId<User>,
) -> Result<Entity<User>> {
    set_active(tenant, named, false).await
}

/// Lets a deactivated user act again.
///
/// # Errors
/// 404 `user_not_found`.
pub async fn reactivate(
    tenant: &TenantStore,
    named: &IdOrExternalId<User>,
) -> Result<Entity<User>> {
    set_active(tenant, named, true).await
}

async fn set_active(
    tenant: &TenantStore,
    named: &IdOrExternalId<User>,
    active: bool,
) -> Result<Entity<User>> {
    let user = resolve(tenant, named).await?;
    if user.is_active == active {
        return Ok(user);
    }
    let mut batch = tenant.batch();
    batch.update(
        user.id,
        Update::of(Changes::new().set(User::is_active, active)),
    );
    tenant.commit(batch).await?;
    tenant.get(user.id).await?.ok_or_else(not_found)
}
