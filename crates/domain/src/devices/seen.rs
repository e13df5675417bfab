use base::{Id, Result, limit};
use store::Tenant;

use super::{Device, find};
use crate::users::User;

/// Notes that a device is connected, if it is registered; not more often than
/// every [`limit::DEVICE_SEEN_SECONDS`].
///
/// # Errors
/// When the store cannot write.
pub async fn seen(tenant: &Tenant, user: Id<User>, device_id: &str) -> Result<()> {
    let Some(device) = find(tenant, user, device_id).await? else { return Ok(()) };
    let mut batch = tenant.batch();
    let now = batch.now();
    if device.last_seen_at.plus_millis(limit::signed(limit::DEVICE_SEEN_SECONDS) * 1_000) > now {
        return Ok(());
    }
    batch.raise(device.id, Device::last_seen_at, now);
    Ok(tenant.commit(batch).await?)
}
