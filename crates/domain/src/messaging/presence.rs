//! Who is connected; ephemeral.

use std::collections::HashMap;

use base::{Id, Result, Timestamp, limit};
use store::{Entity, TenantStore};

use super::collections::Presence;
use crate::users::User;

/// Whether a user is connected, and when they were last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Whether a device is connected that shows its user as online.
    pub online: bool,
    /// When such a device was connected last.
    pub last_seen_at: Option<Timestamp>,
}

/// Rows of one read of [`presence_of`].
const ROWS: usize = limit::PRESENCE_WATCHED * limit::USER_CONNECTIONS;

/// The time stored for a device that never showed its user as online.
const NEVER: Timestamp = Timestamp::EPOCH;

/// Records that a device is connected, and whether it shows its user as
/// online. A device that does not leaves the time it was seen last as it is.
///
/// The store's watchers are notified. The row expires after
/// [`limit::PRESENCE_SECONDS`] unless renewed.
///
/// # Errors
/// When the store cannot write.
pub async fn set_presence(
    tenant: &TenantStore,
    user_id: Id<User>,
    device_id: &str,
    online: bool,
) -> Result<()> {
    write(
        tenant,
        user_id,
        device_id,
        Device {
            online,
            shown: online,
        },
        limit::PRESENCE_SECONDS,
    )
    .await
}

/// Records that a device disconnected. `shown` is whether it showed its user
/// as online; a device that did not leaves the time it was seen last as it is.
///
/// The store's watchers are notified. The row is kept for
/// [`limit::PRESENCE_ENDED_SECONDS`].
///
/// # Errors
/// When the store cannot write.
pub async fn end_presence(
    tenant: &TenantStore,
    user_id: Id<User>,
    device_id: &str,
    shown: bool,
) -> Result<()> {
    write(
        tenant,
        user_id,
        device_id,
        Device {
            online: false,
            shown,
        },
        limit::PRESENCE_ENDED_SECONDS,
    )
    .await
}

struct Device {
    online: bool,
    shown: bool,
}

async fn write(
    tenant: &TenantStore,
    user_id: Id<User>,
    device_id: &str,
    device: Device,
    seconds: usize,
) -> Result<()> {
    let Device { online, shown } = device;
    let mut batch = tenant.ephemeral_batch();
    let now = batch.now();
    let expires_at = now.plus_millis(limit::signed(seconds) * 1_000);
    let last_seen_at = if shown { now } else { NEVER };
    let changed: &[&str] = if shown {
        &["online", "last_seen_at", "expires_at"]
    } else {
        &["online", "expires_at"]
    };
    let presence = Presence {
        user_id,
        device_id: device_id.to_owned(),
        online,
        last_seen_at,
        expires_at,
    };
    batch.upsert(Presence::by_device, presence, changed, &[]);
    Ok(tenant.commit(batch).await?)
}

/// Returns the presence of those users who are connected or were a moment ago.
///
/// Reads every row: a user with very many devices costs reads, and hides no
/// other user.
///
/// # Errors
/// When the store cannot answer.
pub async fn presence_of(
    tenant: &TenantStore,
    users: &[Id<User>],
) -> Result<HashMap<Id<User>, Seen>> {
    let mut seen = HashMap::new();
    let query = Presence::by_device
        .all()
        .one_of(Presence::user_id, users.iter().copied());
    let page = tenant.list(query.limit(ROWS)).await?;
    add(&mut seen, &page.items);
    if page.next.is_none() {
        return Ok(seen);
    }
    for user in users {
        let mut after = None;
        loop {
            let query = Presence::by_device.eq(Presence::user_id, *user);
            let page = tenant.list(query.limit(ROWS).after(after)).await?;
            add(&mut seen, &page.items);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
    }
    Ok(seen)
}

/// Adds rows; adding one again changes nothing.
fn add(seen: &mut HashMap<Id<User>, Seen>, devices: &[Entity<Presence>]) {
    for device in devices {
        let known = seen.entry(device.user_id).or_insert(Seen {
            online: false,
            last_seen_at: None,
        });
        known.online |= device.online;
        known.last_seen_at = known.last_seen_at.max(device.seen_at());
    }
}

impl Presence {
    /// Returns when the device was connected last and showed its user as online.
    #[must_use]
    pub fn seen_at(&self) -> Option<Timestamp> {
        Some(self.last_seen_at).filter(|at| *at > NEVER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{World, person};

    #[tokio::test]
    async fn many_devices_of_one_user_hide_no_other_user() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let bob = person(&acme, "bob").await;
        let mallory = person(&acme, "mallory").await;
        set_presence(&acme, bob, "phone", true).await.unwrap();
        let many = (0..ROWS + 10)
            .map(|number| format!("device-{number}"))
            .collect::<Vec<_>>();
        for devices in many.chunks(500) {
            let written = devices
                .iter()
                .map(|device| set_presence(&acme, mallory, device, true));
            futures_util::future::try_join_all(written).await.unwrap();
        }
        for users in [[bob, mallory], [mallory, bob]] {
            let seen = presence_of(&acme, &users).await.unwrap();
            assert!(users.iter().all(|user| seen[user].online));
        }
    }

    #[tokio::test]
    async fn hidden_device_leaves_no_trace_of_its_time() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let bob = person(&acme, "bob").await;
        set_presence(&acme, bob, "phone", false).await.unwrap();
        let hidden = Seen {
            online: false,
            last_seen_at: None,
        };
        assert_eq!(presence_of(&acme, &[bob]).await.unwrap()[&bob], hidden);
        end_presence(&acme, bob, "phone", false).await.unwrap();
        assert_eq!(presence_of(&acme, &[bob]).await.unwrap()[&bob], hidden);
    }

    #[tokio::test]
    async fn device_that_hides_keeps_the_time_it_was_shown_last() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let bob = person(&acme, "bob").await;
        set_presence(&acme, bob, "phone", true).await.unwrap();
        let shown = presence_of(&acme, &[bob]).await.unwrap()[&bob];
        world.clock.advance(40_000);
        set_presence(&acme, bob, "phone", false).await.unwrap();
        let hidden = presence_of(&acme, &[bob]).await.unwrap()[&bob];
        assert_eq!(
            hidden,
            Seen {
                online: false,
                ..shown
            }
        );
    }
}
