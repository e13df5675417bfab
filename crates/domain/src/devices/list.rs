use base::{Direction, Id, PageSize, Result, limit};
use store::{Entity, Page, Position, TenantStore};

use super::Device;
use crate::users::User;

/// Returns all devices of a user, in the order of their slots.
///
/// # Errors
/// When the store cannot answer.
pub async fn list(tenant: &TenantStore, user: Id<User>) -> Result<Vec<Entity<Device>>> {
    let query = Device::by_slot
        .eq(Device::user_id, user)
        .limit(limit::USER_DEVICES);
    Ok(tenant.list(query).await?.items)
}

/// Returns a page of a user's devices, in the order of their slots.
///
/// # Errors
/// When the store cannot answer.
pub async fn list_page(
    tenant: &TenantStore,
    user: Id<User>,
    size: PageSize,
    direction: Direction,
    after: Option<Position>,
) -> Result<Page<Device>> {
    let query = Device::by_slot.eq(Device::user_id, user);
    Ok(tenant
        .list(query.limit(size.get()).towards(direction).after(after))
        .await?)
}
