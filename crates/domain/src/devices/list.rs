use base::{Id, Result, limit};
use store::{Entity, Tenant};

use super::Device;
use crate::users::User;

/// All devices of a user, in the order of their places.
///
/// # Errors
/// When the store cannot answer.
pub async fn list(tenant: &Tenant, user: Id<User>) -> Result<Vec<Entity<Device>>> {
    let query = Device::by_slot.eq(Device::user_id, user).limit(limit::USER_DEVICES);
    Ok(tenant.list(query).await?.items)
}
