use base::{Id, Patch, Result};
use store::{Changes, CommitError, Entity, TenantStore, Update};

use super::{Device, find, not_found};
use crate::users::User;
use crate::validation;

/// Gives a device of a user another name, or none.
///
/// # Errors
/// 400 out of bounds, 404 `device_not_found`.
pub async fn rename(
    tenant: &TenantStore,
    user: Id<User>,
    device_id: &str,
    name: Patch<String>,
) -> Result<Entity<Device>> {
    if let Patch::Set(name) = &name {
        validation::name("/name", name)?;
    }
    let device = find(tenant, user, device_id).await?.ok_or_else(not_found)?;
    let changes = match name {
        Patch::Keep => return Ok(device),
        Patch::Clear => Changes::new().clear(Device::name),
        Patch::Set(name) => Changes::new().set(Device::name, name),
    };
    let mut batch = tenant.batch();
    batch.update(device.id, Update::of(changes));
    match tenant.commit(batch).await {
        Err(CommitError::PreconditionFailed { .. }) => Err(not_found()),
        Err(error) => Err(error.into()),
        Ok(()) => find(tenant, user, device_id).await?.ok_or_else(not_found),
    }
}
