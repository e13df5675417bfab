//! Statuses that platforms report for messages of a client's channel.

use base::{Id, ObjectId, Result, Timestamp};
use store::{Batch, Changes, CommitError, Entity, TenantData, TenantStore, Update};

use super::client_channel::{ExternalMessage, MessageUserStatus, PlatformStatus};
use super::collections::{Message, ReadReceipt};
use crate::users::User;

/// Maximum attempts when other writers conflict.
const MAX_ATTEMPTS: usize = 5;

/// Status of a message that a platform has reported, or that follows from an attempt to send it.
#[derive(Clone, Debug)]
pub struct ReportedStatus {
    /// The status.
    pub status: PlatformStatus,
    /// Time of the status.
    pub at: Timestamp,
    /// Why the message could not be delivered.
    pub reason: Option<String>,
}

/// Returns the message that a platform knows under this id.
///
/// # Errors
/// When the store is unavailable.
pub async fn find_external(
    tenant: &TenantStore,
    integration: ObjectId,
    external_message_id: &str,
) -> Result<Option<Entity<ExternalMessage>>> {
    let query = ExternalMessage::by_external_id
        .eq(ExternalMessage::platform_integration_id, integration)
        .eq(
            ExternalMessage::external_message_id,
            external_message_id.to_owned(),
        );
    Ok(tenant.find(query).await?)
}

/// Returns the id under which the platform of an integration knows a message.
///
/// # Errors
/// When the store is unavailable.
pub async fn external_id_of(
    tenant: &TenantStore,
    message: &Entity<Message>,
    integration: ObjectId,
) -> Result<Option<String>> {
    let query = ExternalMessage::by_message
        .eq(ExternalMessage::conversation_id, message.conversation_id)
        .eq(ExternalMessage::message_id, message.id)
        .limit(4);
    let found = tenant.list(query).await?.items;
    let of_integration = found
        .into_iter()
        .find(|external| external.platform_integration_id == integration);
    Ok(of_integration.map(|external| external.doc.external_message_id))
}

/// Returns the reported status of a message for a user.
///
/// # Errors
/// When the store is unavailable.
pub async fn platform_status(
    tenant: &TenantStore,
    message: Id<Message>,
    user: Id<User>,
) -> Result<Option<Entity<MessageUserStatus>>> {
    let query = MessageUserStatus::by_message
        .eq(MessageUserStatus::message_id, message)
        .eq(MessageUserStatus::user_id, user);
    Ok(tenant.find(query).await?)
}

/// Advances the status of a message for a client, together with the writes of `add_writes`. A
/// status that is not later than the stored one changes nothing.
///
/// # Errors
/// The errors of the commit. Preconditions of `add_writes` that fail are returned.
pub async fn advance_platform_status(
    tenant: &TenantStore,
    message: &Entity<Message>,
    client: Id<User>,
    reported: &ReportedStatus,
    add_writes: impl Fn(&mut Batch<TenantData>),
) -> Result<(), CommitError> {
    let mut last = None;
    for _ in 0..MAX_ATTEMPTS {
        let stored = platform_status(tenant, message.id, client).await;
        let stored =
            stored.map_err(|error| CommitError::Unavailable(std::sync::Arc::new(error)))?;
        let mut batch = tenant.batch();
        put_status(&mut batch, message, client, stored.as_ref(), reported);
        add_writes(&mut batch);
        match tenant.commit(batch).await {
            // Another status was written concurrently, or a precondition of the caller failed.
            Err(
                error @ (CommitError::PreconditionFailed { .. } | CommitError::Conflict { .. }),
            ) => last = Some(error),
            outcome => return outcome,
        }
    }
    last.map_or(Ok(()), Err)
}

fn put_status(
    batch: &mut Batch<TenantData>,
    message: &Entity<Message>,
    client: Id<User>,
    stored: Option<&Entity<MessageUserStatus>>,
    reported: &ReportedStatus,
) {
    match stored {
        Some(stored) if stored.status >= reported.status => return,
        Some(stored) => {
            let changes = Changes::new()
                .set(MessageUserStatus::status, reported.status)
                .set(MessageUserStatus::changed_at, reported.at)
                .put(MessageUserStatus::reason, reported.reason.clone());
            batch.update(
                stored.id,
                Update::of(changes).expecting_version(stored.version),
            );
        }
        None => {
            batch.insert(MessageUserStatus {
                conversation_id: message.conversation_id,
                message_id: message.id,
                user_id: client,
                status: reported.status,
                changed_at: reported.at,
                reason: reported.reason.clone(),
            });
        }
    }
    advance_receipt(batch, message, client, reported.status);
}

/// Raises the client's receipt, by which the devices of staff are informed.
fn advance_receipt(
    batch: &mut Batch<TenantData>,
    message: &Entity<Message>,
    user_id: Id<User>,
    status: PlatformStatus,
) {
    let read_seq = match status {
        PlatformStatus::Read => message.seq,
        PlatformStatus::Delivered => 0,
        PlatformStatus::Sent | PlatformStatus::Failed => return,
    };
    let receipt = ReadReceipt {
        conversation_id: message.conversation_id,
        user_id,
        read_seq,
        delivered_seq: message.seq,
    };
    batch.upsert(
        ReadReceipt::by_conversation,
        receipt,
        &[],
        &["read_seq", "delivered_seq"],
    );
}
