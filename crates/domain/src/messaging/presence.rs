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

/// Says that a device of a user is connected or no longer. Watchers of the
/// store are told; it is forgotten after [`limit::PRESENCE_SECONDS`] unless renewed.
///
/// # Errors
/// When the store cannot write.
pub async fn set_presence(tenant: &Tenant, user_id: Id<User>, device_id: &str, online: bool) -> Result<()> {
    let mut batch = tenant.ephemeral_batch();
    let last_seen_at = batch.now();
    let expires_at = last_seen_at.plus_millis(i64::try_from(limit::PRESENCE_SECONDS * 1_000).unwrap_or(i64::MAX));
    let presence = Presence { user_id, device_id: device_id.to_owned(), online, last_seen_at, expires_at };
    batch.upsert(Presence::by_device, presence, &["online", "last_seen_at", "expires_at"], &[]);
    Ok(tenant.commit(batch).await?)
}

/// The presence of users, of those who were connected a short while ago.
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
