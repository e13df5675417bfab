//! Ephemeral state: presence, who may see it, and typing indicators.

use std::collections::{HashMap, HashSet};

use base::{Id, IdOrExternalId, Result, Timestamp, limit};
use store::{Entity, TenantStore};

use super::access::{self, membership};
use super::collections::{Conversation, Presence, TypingIndicator};
use crate::Actor;
use crate::relationships::{blocked_among, friends_among};
use crate::settings::{self, PresenceVisibility};
use crate::users::User;

/// Presence of a user, over all their devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Whether a connected device shows the user as online.
    pub online: bool,
    /// Time at which a device last showed the user as online.
    pub last_seen_at: Option<Timestamp>,
}

/// Rows per read in [`presence_of`].
const ROWS: usize = limit::PRESENCE_WATCHED * limit::USER_CONNECTIONS;

/// Value of `last_seen_at` for a device that has never shown the user as online.
const NEVER: Timestamp = Timestamp::EPOCH;

/// Records that a device is connected and whether it shows the user as online. If it does not,
/// `last_seen_at` is unchanged.
///
/// Publishes a change event. The row expires after [`limit::PRESENCE_SECONDS`] unless renewed.
///
/// # Errors
/// When the store is unavailable.
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

/// Records that a device has disconnected. `shown` tells whether it showed the user as online; if
/// not, `last_seen_at` is unchanged.
///
/// Publishes a change event. The row expires after [`limit::PRESENCE_ENDED_SECONDS`].
///
/// # Errors
/// When the store is unavailable.
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

/// Returns the presence of those users who are or were recently connected.
///
/// Reads all rows, so that a user with many devices cannot hide other users.
///
/// # Errors
/// When the store is unavailable.
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

/// Adds device rows; idempotent.
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
    /// Returns when the device last showed the user as online.
    #[must_use]
    pub fn seen_at(&self) -> Option<Timestamp> {
        Some(self.last_seen_at).filter(|at| *at > NEVER)
    }
}

/// Returns the id of a conversation of which the user is a current participant, for use in
/// [`presence_visible`].
///
/// # Errors
/// 404 `conversation_not_found`, 403 `not_a_participant`.
pub async fn own_conversation(
    tenant: &TenantStore,
    user: Id<User>,
    name: &IdOrExternalId<Conversation>,
) -> Result<Id<Conversation>> {
    let access = access::open(tenant, Actor::User(user), name).await?;
    if access
        .member
        .as_ref()
        .is_some_and(|member| member.is_active)
    {
        Ok(access.conversation.id)
    } else {
        Err(access::not_a_participant())
    }
}

/// Returns those of `users` whose presence the viewer may see. Depends on the tenant's setting
/// `presence_visibility`; users with a block between them and the viewer are excluded. With
/// `shared_conversation`, friends are visible, and the participants of `conversation` if the viewer
/// is one. Users always see themselves.
///
/// # Errors
/// When the store is unavailable.
pub async fn presence_visible(
    tenant: &TenantStore,
    viewer: Id<User>,
    users: &[Id<User>],
    conversation: Option<Id<Conversation>>,
) -> Result<HashSet<Id<User>>> {
    let mut visible = match (
        settings::get(tenant).await?.presence_visibility,
        conversation,
    ) {
        (PresenceVisibility::All, _) => users.iter().copied().collect(),
        (PresenceVisibility::SharedConversation, Some(conversation)) => {
            let (mut members, friends) = tokio::try_join!(
                members_among(tenant, viewer, users, conversation),
                friends_among(tenant, viewer, users)
            )?;
            members.extend(friends);
            members
        }
        _ => friends_among(tenant, viewer, users).await?,
    };
    visible.extend(users.iter().copied().filter(|user| *user == viewer));
    let blocked = blocked_among(tenant, viewer, users).await?;
    visible.retain(|user| !blocked.contains(user));
    Ok(visible)
}

/// Returns the current participants among `users`; empty if the viewer is not one.
async fn members_among(
    tenant: &TenantStore,
    viewer: Id<User>,
    users: &[Id<User>],
    conversation: Id<Conversation>,
) -> Result<HashSet<Id<User>>> {
    let wanted: HashSet<Id<User>> = users.iter().copied().chain([viewer]).collect();
    let rows = wanted
        .iter()
        .map(|user| membership(conversation, *user))
        .collect();
    let members = tenant.list_each(rows, wanted.len()).await?;
    let members: HashSet<Id<User>> = members
        .into_iter()
        .filter(|member| member.is_active)
        .map(|member| member.user_id)
        .collect();
    if !members.contains(&viewer) {
        return Ok(HashSet::new());
    }
    Ok(members
        .into_iter()
        .filter(|member| users.contains(member))
        .collect())
}

/// Records that a user is typing or has stopped. Publishes a change event. The indicator expires
/// after [`limit::TYPING_SECONDS`].
///
/// # Errors
/// When the store is unavailable.
pub async fn set_typing(
    tenant: &TenantStore,
    conversation_id: Id<Conversation>,
    user_id: Id<User>,
    typing: bool,
) -> Result<()> {
    let mut batch = tenant.ephemeral_batch();
    let expires_at = batch
        .now()
        .plus_millis(i64::try_from(limit::TYPING_SECONDS * 1_000).unwrap_or(i64::MAX));
    let indicator = TypingIndicator {
        conversation_id,
        user_id,
        typing,
        expires_at,
    };
    batch.upsert(
        TypingIndicator::by_conversation,
        indicator,
        &["typing", "expires_at"],
        &[],
    );
    Ok(tenant.commit(batch).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messaging::{ConversationType, NewConversation, create};
    use crate::settings::SettingsChanges;
    use crate::world::{World, person};

    #[tokio::test]
    async fn presence_with_many_devices_includes_all_users() {
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
    async fn hidden_device_does_not_update_last_seen() {
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
    async fn device_switching_to_hidden_keeps_last_seen() {
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

    #[tokio::test]
    async fn presence_visibility_follows_setting() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let ada = person(&acme, "ada").await;
        let bob = person(&acme, "bob").await;
        let eve = person(&acme, "eve").await;
        let new = NewConversation::new(ConversationType::Group, vec![IdOrExternalId::Id(bob)]);
        let shared = create(&acme, Actor::User(ada), new)
            .await
            .unwrap()
            .view
            .conversation
            .id;
        let all = [ada, bob, eve];
        for (visibility, named, expected) in [
            (PresenceVisibility::All, None, vec![ada, bob, eve]),
            (
                PresenceVisibility::SharedConversation,
                Some(shared),
                vec![ada, bob],
            ),
            (PresenceVisibility::SharedConversation, None, vec![ada]),
            (PresenceVisibility::Friends, Some(shared), vec![ada]),
        ] {
            let changes = SettingsChanges {
                presence_visibility: Some(visibility),
                ..SettingsChanges::default()
            };
            settings::update(&acme, changes, None).await.unwrap();
            let visible = presence_visible(&acme, ada, &all, named).await.unwrap();
            assert_eq!(
                visible,
                expected.into_iter().collect(),
                "{visibility:?} {named:?}"
            );
        }
        // Naming a conversation has no effect for a user who is not a participant.
        let visible = presence_visible(&acme, eve, &all, Some(shared))
            .await
            .unwrap();
        assert_eq!(visible, HashSet::from([eve]));
    }
}
