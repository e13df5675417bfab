//! Registered devices of users and their push tokens.

mod collections;
mod register;

use std::fmt;

use base::{Direction, Error, ErrorCode, Id, PageSize, Patch, Result, limit};
use futures_util::future::try_join_all;
use store::{
    Changes, Collection, CommitError, Declaration, Entity, FieldType, Kind, Mismatch, Page,
    Position, TenantStore, Update, Value,
};

use crate::sessions::end_of_device;
use crate::user_log::{UserEvent, tell};
use crate::users::User;
use crate::validation;
pub use collections::{Device, Platform};
pub use register::{NewDevice, Registered, register};

/// Collections of the module.
pub(crate) const COLLECTIONS: &[&Declaration] = &[Device::DECLARATION];

fn not_found() -> Error {
    Error::new(ErrorCode::DeviceNotFound, "There is no such device.")
}

async fn find(
    tenant: &TenantStore,
    user: Id<User>,
    device_id: &str,
) -> Result<Option<Entity<Device>>> {
    let query = Device::by_device
        .eq(Device::user_id, user)
        .eq(Device::device_id, device_id.to_owned());
    Ok(tenant.find(query).await?)
}

/// Returns all devices of a user, in the order of their slots.
///
/// # Errors
/// Fails if the store is unavailable.
pub async fn list(tenant: &TenantStore, user: Id<User>) -> Result<Vec<Entity<Device>>> {
    let query = Device::by_slot
        .eq(Device::user_id, user)
        .limit(limit::USER_DEVICES);
    Ok(tenant.list(query).await?.items)
}

/// Returns a page of a user's devices, in the order of their slots.
///
/// # Errors
/// Fails if the store is unavailable.
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

/// Removes a device of a user and ends its sessions. Its connections are closed on all nodes.
///
/// # Errors
/// 404 `device_not_found`.
pub async fn remove(tenant: &TenantStore, user: Id<User>, device_id: &str) -> Result<()> {
    let device = find(tenant, user, device_id).await?.ok_or_else(not_found)?;
    let mut batch = tenant.batch();
    batch.remove(device.id, true);
    tell(
        &mut batch,
        user,
        UserEvent::DeviceRemoved {
            device_id: device_id.to_owned(),
        },
    );
    end_of_device(tenant, &mut batch, user, device_id).await?;
    match tenant.commit(batch).await {
        Err(CommitError::PreconditionFailed { .. }) => Err(not_found()),
        committed => Ok(committed?),
    }
}

/// Sets or clears the display name of a device.
///
/// # Errors
/// 400 if the name is invalid, 404 `device_not_found`.
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

/// Updates the last-seen time of registered devices that are connected, at most every
/// [`limit::DEVICE_SEEN_SECONDS`] per device. All devices are found with one read.
///
/// # Errors
/// Fails if the store is unavailable. Some devices may be updated.
pub async fn seen(tenant: &TenantStore, devices: &[(Id<User>, &str)]) -> Result<()> {
    let named = devices.iter().map(|(user, device)| {
        Device::by_device
            .eq(Device::user_id, *user)
            .eq(Device::device_id, (*device).to_owned())
    });
    let registered = tenant.list_each(named.collect(), devices.len()).await?;
    try_join_all(registered.iter().map(|device| touch(tenant, device)))
        .await
        .map(drop)
}

/// Commits each device separately, since one failure must not affect the others.
async fn touch(tenant: &TenantStore, device: &Entity<Device>) -> Result<()> {
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

/// Token of a device at a push service. It permits sending notifications, so it is neither returned
/// nor logged.
#[derive(Clone, PartialEq, Eq)]
pub struct PushToken(pub String);

impl fmt::Debug for PushToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PushToken")
    }
}

impl FieldType for PushToken {
    type Inner = Self;
    const KIND: Kind = Kind::Text;

    fn store(&self) -> Option<Value> {
        Some(Value::Text(self.0.clone().into()))
    }

    fn load(value: Option<Value>) -> Result<Self, Mismatch> {
        match value {
            Some(Value::Text(text)) => Ok(Self(text.into_owned())),
            _ => Err(Mismatch("a push token is not a string".to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_hides_the_token() {
        assert!(!format!("{:?}", PushToken("secret".to_owned())).contains("secret"));
    }
}
