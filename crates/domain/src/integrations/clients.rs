//! Clients of platforms: links, aliases and channels.

use base::{Error, ErrorCode, ExternalId, Id, IdOrExternalId, Patch, Result, Timestamp};
use sha2::{Digest as _, Sha256};
use store::{Batch, Changes, CommitError, Entity, TenantData, TenantStore, Update};

use super::collections::{
    ClientChannelAssignment, ClientPlatformAlias, ClientPlatformLink, PlatformIntegration,
    UnknownSender, VerificationStatus,
};
use super::meta::{Alias, Sender};
use crate::actor::Actor;
use crate::messaging::{
    Conversation, ConversationType, NewConversation, Visibility, create as create_conversation,
};
use crate::users::{self, NewUser, Role, User, UserChanges};

/// Maximum attempts when other writers conflict.
const MAX_ATTEMPTS: usize = 5;

/// Longest id of a person that is part of an external id as it is.
const PLAIN_ID_LENGTH: usize = 80;

/// Returns the link of a sender. Creates client and link if there is none and the integration says
/// so; `None` if the sender is to be ignored.
pub(super) async fn link_of(
    tenant: &TenantStore,
    integration: &Entity<PlatformIntegration>,
    sender: &Sender,
) -> Result<Option<Entity<ClientPlatformLink>>> {
    for _ in 0..MAX_ATTEMPTS {
        if let Some(link) = find_link(tenant, integration.id, &sender.aliases).await? {
            return Ok(Some(link));
        }
        if integration.settings.0.unknown_sender == UnknownSender::Ignore {
            return Ok(None);
        }
        match create_client(tenant, integration, sender).await {
            Ok(link) => return Ok(Some(link)),
            // Another update of the same person was faster.
            Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(conflict())
}

fn conflict() -> Error {
    Error::new(
        ErrorCode::Unavailable,
        "Concurrent changes of the same client; retry shortly.",
    )
}

/// Returns the link of the first alias that has one.
async fn find_link(
    tenant: &TenantStore,
    integration: Id<PlatformIntegration>,
    aliases: &[Alias],
) -> Result<Option<Entity<ClientPlatformLink>>> {
    for alias in aliases {
        let query = ClientPlatformAlias::by_value
            .eq(ClientPlatformAlias::platform_integration_id, integration)
            .eq(ClientPlatformAlias::kind, alias.kind)
            .eq(ClientPlatformAlias::value, alias.value.clone());
        if let Some(found) = tenant.find(query).await?
            && let Some(link) = tenant.get(found.link_id).await?
        {
            return Ok(Some(link));
        }
    }
    Ok(None)
}

async fn create_client(
    tenant: &TenantStore,
    integration: &Entity<PlatformIntegration>,
    sender: &Sender,
) -> Result<Entity<ClientPlatformLink>, CommitError> {
    let internal = |error: Error| CommitError::Unavailable(std::sync::Arc::new(error));
    let Some(first) = sender.aliases.first() else {
        return Err(internal(conflict()));
    };
    let name = sender.name.as_ref().map(|name| displayable(name));
    let new = NewUser {
        external_id: external_id(integration, first).map_err(internal)?,
        changes: UserChanges {
            name: name.map_or(Patch::Keep, Patch::Set),
            role: Some(Role::Client),
            ..UserChanges::default()
        },
    };
    let user = users::upsert(tenant, new).await.map_err(internal)?.user;
    let mut batch = tenant.batch();
    let verified_at = Some(batch.now());
    let link = batch.insert(ClientPlatformLink {
        client_user_id: user.id,
        platform_integration_id: integration.id,
        platform_user_id: Some(first.value.clone()),
        verification_code: None,
        verification_status: VerificationStatus::Verified,
        attempts: 0,
        code_expires_at: None,
        verified_at,
        last_inbound_at: None,
        window_ends_at: None,
    });
    for alias in &sender.aliases {
        insert_alias(&mut batch, &link, alias);
    }
    tenant.commit(batch).await?;
    Ok(link)
}

fn insert_alias(batch: &mut Batch<TenantData>, link: &Entity<ClientPlatformLink>, alias: &Alias) {
    batch.insert(ClientPlatformAlias {
        platform_integration_id: link.platform_integration_id,
        kind: alias.kind,
        value: alias.value.clone(),
        link_id: link.id,
        client_user_id: link.client_user_id,
    });
}

/// Returns a name on one line, without control characters.
fn displayable(name: &str) -> String {
    let line: String = name
        .chars()
        .filter(|character| !character.is_control())
        .take(100)
        .collect();
    let line = line.trim();
    if crate::validation::has_visible(line) {
        line.to_owned()
    } else {
        "Unknown".to_owned()
    }
}

/// Returns the external id of the client: the platform, the integration and the id of the person.
fn external_id(integration: &Entity<PlatformIntegration>, alias: &Alias) -> Result<ExternalId> {
    let plain = |value: &str| format!("{}:{}:{value}", integration.platform, integration.id);
    let is_plain = alias.value.len() <= PLAIN_ID_LENGTH;
    let parsed = is_plain.then(|| plain(&alias.value).parse().ok()).flatten();
    match parsed {
        Some(id) => Ok(id),
        None => plain(&hex::encode(Sha256::digest(&alias.value)))
            .parse()
            .map_err(Error::internal),
    }
}

/// Stores ids by which the platform names the client and that are not known yet. An id that belongs
/// to another client is left there.
pub(super) async fn add_aliases(
    tenant: &TenantStore,
    link: &Entity<ClientPlatformLink>,
    sender: &Sender,
) -> Result<()> {
    let query = ClientPlatformAlias::by_link
        .eq(ClientPlatformAlias::link_id, link.id)
        .limit(100);
    let known = tenant.list(query).await?.items;
    let is_known = |alias: &&Alias| {
        !known
            .iter()
            .any(|known| known.kind == alias.kind && known.value == alias.value)
    };
    for alias in sender.aliases.iter().filter(is_known) {
        let mut batch = tenant.batch();
        insert_alias(&mut batch, link, alias);
        match tenant.commit(batch).await {
            Ok(()) | Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Returns the ids of a client at the platform of a link.
pub(super) async fn aliases_of(
    tenant: &TenantStore,
    link: Id<ClientPlatformLink>,
) -> Result<Vec<Entity<ClientPlatformAlias>>> {
    let query = ClientPlatformAlias::by_link
        .eq(ClientPlatformAlias::link_id, link)
        .limit(100);
    Ok(tenant.list(query).await?.items)
}

/// Returns the current assignment of a client.
///
/// # Errors
/// When the store is unavailable.
pub async fn assignment_of(
    tenant: &TenantStore,
    client: Id<User>,
) -> Result<Option<Entity<ClientChannelAssignment>>> {
    let query = ClientChannelAssignment::active_client
        .eq(ClientChannelAssignment::client_user_id, client)
        .eq(ClientChannelAssignment::is_active, true);
    Ok(tenant.find(query).await?)
}

/// Returns the channel of a client; creates it with the staff of the integration if there is none.
pub(super) async fn channel_of(
    tenant: &TenantStore,
    client: Id<User>,
    staff: &[Id<User>],
) -> Result<Id<Conversation>> {
    if let Some(assignment) = assignment_of(tenant, client).await? {
        return Ok(assignment.channel_id);
    }
    match assign_new_channel(tenant, Actor::Server, client, staff, None).await {
        Ok(assignment) => Ok(assignment.channel_id),
        Err(error) => match assignment_of(tenant, client).await? {
            Some(assignment) => Ok(assignment.channel_id),
            None => Err(error),
        },
    }
}

/// Creates a channel for a client and assigns the client to it, in place of `former`.
pub(super) async fn assign_new_channel(
    tenant: &TenantStore,
    actor: Actor,
    client: Id<User>,
    staff: &[Id<User>],
    former: Option<&Entity<ClientChannelAssignment>>,
) -> Result<Entity<ClientChannelAssignment>> {
    let staff = users::existing_users(tenant, staff).await?;
    let participants = std::iter::once(client)
        .chain(staff.into_iter().filter(|user| *user != client))
        .map(IdOrExternalId::Id)
        .collect();
    let new = NewConversation {
        visibility: Some(Visibility::Private),
        client_user_id: Some(client),
        ..NewConversation::new(ConversationType::Channel, participants)
    };
    let created = create_conversation(tenant, Actor::Server, new).await?;
    assign(tenant, actor, client, created.view.conversation.id, former).await
}

async fn assign(
    tenant: &TenantStore,
    actor: Actor,
    client: Id<User>,
    channel: Id<Conversation>,
    former: Option<&Entity<ClientChannelAssignment>>,
) -> Result<Entity<ClientChannelAssignment>> {
    let mut batch = tenant.batch();
    if let Some(former) = former {
        let changes = Changes::new().clear(ClientChannelAssignment::is_active);
        batch.update(
            former.id,
            Update::of(changes).expecting_version(former.version),
        );
    }
    let assigned_at = batch.now();
    let assignment = batch.insert(ClientChannelAssignment {
        client_user_id: client,
        channel_id: channel,
        assigned_by: actor.user().ok(),
        assigned_at,
        is_active: Some(true),
    });
    match tenant.commit(batch).await {
        Ok(()) => Ok(assignment),
        Err(CommitError::Conflict { .. } | CommitError::PreconditionFailed { .. }) => {
            Err(Error::new(
                ErrorCode::ClientAssigned,
                "The client has a channel, or the channel has another client.",
            ))
        }
        Err(error) => Err(error.into()),
    }
}

/// Records the time of a client's newest message in its batch.
pub(super) fn raise_window(
    batch: &mut Batch<TenantData>,
    link: Id<ClientPlatformLink>,
    last_inbound_at: Timestamp,
    window_ends_at: Timestamp,
) {
    batch.raise(link, ClientPlatformLink::last_inbound_at, last_inbound_at);
    batch.raise(link, ClientPlatformLink::window_ends_at, window_ends_at);
}
