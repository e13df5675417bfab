//! Who is connected; ephemeral.

use std::collections::{HashMap, HashSet};

use base::{Id, IdOrExternalId, Result, Timestamp, limit};
use store::{Entity, TenantStore};

use super::access::{self, membership};
use super::collections::{Conversation, Presence, TypingIndicator};
use crate::Actor;
use crate::relationships::{blocked_among, friends_among};
use crate::settings::{self, PresenceVisibility};
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

/// Returns the id of a conversation that a user is in now, to be named to
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
    if access.part.as_ref().is_some_and(|part| part.is_active) {
        Ok(access.conversation.id)
    } else {
        Err(access::not_a_participant())
    }
}

/// Returns those among `users` whose presence the viewer may see: by the
/// tenant's setting `presence_visibility`, and if no block separates them.
/// With `shared_conversation` these are friends, and members of `conversation`
/// while the viewer is one. Users always see themselves.
///
/// # Errors
/// When the store cannot answer.
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

/// Returns the present members among `users`; none if the viewer is not a member.
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

/// Says that a user types or has stopped. Watchers of the store are told; it
/// is forgotten after [`limit::TYPING_SECONDS`].
///
/// # Errors
/// When the store cannot write.
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

    #[tokio::test]
    async fn each_setting_shows_its_users() {
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
        // One who is not in the conversation gains nothing by naming it.
        let visible = presence_visible(&acme, eve, &all, Some(shared))
            .await
            .unwrap();
        assert_eq!(visible, HashSet::from([eve]));
    }
}
