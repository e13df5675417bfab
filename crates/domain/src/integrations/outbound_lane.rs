//! Order of the outbound messages of a channel.

use base::{Error, Id, Result};
use store::{Changes, CommitError, Entity, TenantStore, Update};

use super::collections::PlatformIntegration;
use crate::messaging::{ExternalMessage, Message, OutboundMessage, OutboundState};
use crate::users::User;

/// Makes the next message of the channel due.
pub(super) async fn wake_next(tenant: &TenantStore, ended: &Entity<OutboundMessage>) -> Result<()> {
    let query = OutboundMessage::by_conversation
        .eq(OutboundMessage::conversation_id, ended.conversation_id);
    let Some(next) = tenant.find(query).await? else {
        return Ok(());
    };
    let mut batch = tenant.batch();
    let changes = Changes::new().set(OutboundMessage::due_at, batch.now());
    batch.update(next.id, Update::of(changes).expecting_version(next.version));
    match tenant.commit(batch).await {
        // Another server has leased it.
        Ok(()) | Err(CommitError::PreconditionFailed { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Ends the outbound message of a message that a status shows to be accepted, and stores the id
/// under which the platform knows it.
pub(super) async fn resolve_unknown(
    tenant: &TenantStore,
    integration: Id<PlatformIntegration>,
    message: &Entity<Message>,
    client: Id<User>,
    external_id: &str,
) -> Result<()> {
    let external = external_message(message, client, integration, external_id);
    let mut batch = tenant.batch();
    batch.upsert(ExternalMessage::by_external_id, external, &[], &[]);
    tenant.commit(batch).await?;
    let query = OutboundMessage::by_message.eq(OutboundMessage::message_id, message.id);
    let outbound = tenant.find(query).await?;
    let is_unknown = |outbound: &Entity<OutboundMessage>| outbound.state == OutboundState::Unknown;
    let Some(outbound) = outbound.filter(is_unknown) else {
        return Ok(());
    };
    let mut batch = tenant.batch();
    batch.remove(outbound.id, false);
    tenant.commit(batch).await.map_err(Error::from)?;
    wake_next(tenant, &outbound).await
}

/// Returns the row of a message that the platform knows under this id.
pub(super) fn external_message(
    message: &Entity<Message>,
    client: Id<User>,
    integration: Id<PlatformIntegration>,
    external_id: &str,
) -> ExternalMessage {
    ExternalMessage {
        platform_integration_id: integration.object_id(),
        external_message_id: external_id.to_owned(),
        conversation_id: message.conversation_id,
        message_id: message.id,
        user_id: client,
    }
}
