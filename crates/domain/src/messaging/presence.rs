//! Who is connected; ephemeral.

use std::collections::HashMap;

use base::{Id, Result, Timestamp, limit};
use store::Tenant;

use super::collections::Presence;
use crate::users::User;

/// Whether a user is connected, and when they were last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Whether a device is connected.
    pub online: bool,
    /// When a device was connected last.
    pub last_seen_at: Timestamp,
}

/// Says that a connected device of a user shows them as online, or does not.
/// Watchers of the store are told; it is forgotten after
/// [`limit::PRESENCE_SECONDS`] unless renewed.
///
/// # Errors
/// When the store cannot write.
pub async fn set_presence(tenant: &Tenant, user_id: Id<User>, device_id: &str, online: bool) -> Result<()> {
    write(tenant, user_id, device_id, online, limit::PRESENCE_SECONDS).await
}

/// Says that a device is connected no longer. Watchers of the store are told;
/// when it went is remembered for [`limit::PRESENCE_ENDED_SECONDS`].
///
/// # Errors
/// When the store cannot write.
pub async fn end_presence(tenant: &Tenant, user_id: Id<User>, device_id: &str) -> Result<()> {
    write(tenant, user_id, device_id, false, limit::PRESENCE_ENDED_SECONDS).await
}

async fn write(tenant: &Tenant, user_id: Id<User>, device_id: &str, online: bool, seconds: usize) -> Result<()> {
    let mut batch = tenant.ephemeral_batch();
    let last_seen_at = batch.now();
    let expires_at = last_seen_at.plus_millis(limit::signed(seconds) * 1_000);
    let presence = Presence { user_id, device_id: device_id.to_owned(), online, last_seen_at, expires_at };
    batch.upsert(Presence::by_device, presence, &["online", "last_seen_at", "expires_at"], &[]);
    Ok(tenant.commit(batch).await?)
}

/// The presence of users, of those who are connected or went just now.
///
/// # Errors
/// When the store cannot answer.
pub async fn presence_of(tenant: &Tenant, users: &[Id<User>]) -> Result<HashMap<Id<User>, Seen>> {
    let query = Presence::by_device.all().one_of(Presence::user_id, users.iter().copied());
    let found = tenant.list(query.limit(users.len() * limit::USER_CONNECTIONS)).await?;
    let mut seen: HashMap<Id<User>, Seen> = HashMap::new();
    for device in found.items {
        let known = seen.entry(device.user_id).or_insert(Seen { online: false, last_seen_at: device.last_seen_at });
        known.online |= device.online;
        known.last_seen_at = known.last_seen_at.max(device.last_seen_at);
    }
    Ok(seen)
}
