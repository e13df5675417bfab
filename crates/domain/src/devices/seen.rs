use base::{Id, Result, limit};
use futures_util::future::try_join_all;
use store::{Entity, TenantStore};

use super::Device;
use crate::users::User;

/// Notes that devices are connected, those that are registered; of each not
/// more often than every [`limit::DEVICE_SEEN_SECONDS`]. All are looked for by
/// one statement.
///
/// # Errors
/// When the store cannot write. Some may be noted.
pub async fn seen(tenant: &TenantStore, devices: &[(Id<User>, &str)]) -> Result<()> {
    let named = devices.iter().map(|(user, device)| {
        Device::by_device
            .eq(Device::user_id, *user)
            .eq(Device::device_id, (*device).to_owned())
    });
    let registered = tenant.list_each(named.collect(), devices.len()).await?;
    try_join_all(registered.iter().map(|device| note(tenant, device)))
        .await
        .map(drop)
}

/// Each by itself, since nothing holds them together.
async fn note(tenant: &TenantStore, device: &Entity<Device>) -> Result<()> {
    let mut batch = tenant.batch();
    let now = batch.now();
    if device
        .last_seen_at
        .plus_millis(limit::signed(limit::DEVICE_SEEN_SECONDS) * 1_000)
        > now
    {
        return Ok(());
    }
    batch.raise(device.id, Device::last_seen_at, now);
    Ok(tenant.commit(batch).await?)
}
