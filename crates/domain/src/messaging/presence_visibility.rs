//! Which users may see whether others are online.

use std::collections::HashSet;

use base::{Id, IdOrExternalId, Result};
use store::TenantStore;

use super::access::{self, membership};
use super::collections::Conversation;
use crate::Actor;
use crate::relationships::{blocked_among, friends_among};
use crate::settings::{self, PresenceVisibility};
use crate::users::User;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messaging::{ConversationType, NewConversation, create};
    use crate::settings::SettingsChanges;
    use crate::world::{World, person};

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
