//! Messages that a client sends from a platform.

use base::{Error, ErrorCode, Id, ObjectId, Result, Timestamp};
use store::{Append, AppendError, Appended, Batch, Entity, Json, TenantData, TenantStore};

use super::access::open_id;
use super::attachments;
use super::client_channel::{ExternalMessage, MessageSource};
use super::collections::{Conversation, Message, RecordKind};
use super::message::Draft;
use super::platform_status::find_external;
use super::record::record;
use super::ticket::{open_ticket, ticket_id};
use crate::actor::Actor;
use crate::users::User;

/// Maximum attempts in a conversation with many concurrent writes.
const MAX_ATTEMPTS: usize = 5;

/// A message received from a platform.
#[derive(Clone, Debug)]
pub struct ReceivedMessage {
    /// The platform.
    pub source: MessageSource,
    /// The integration.
    pub integration: ObjectId,
    /// Id of the message at the platform.
    pub external_message_id: String,
    /// Time until which the client may be answered freely.
    pub window_ends_at: Timestamp,
    /// The message.
    pub draft: Draft,
}

/// Stores a message of a client in their channel, together with the writes of `add_writes`, unless a
/// message with its external id is stored already. Returns the id of the message.
///
/// # Errors
/// 400 for an invalid draft, 403 `not_a_participant` if the client has left the channel, 404
/// `conversation_not_found`.
pub async fn receive(
    tenant: &TenantStore,
    client: Id<User>,
    conversation: Id<Conversation>,
    received: ReceivedMessage,
    add_writes: impl Fn(&mut Batch<TenantData>) + Clone + Send + Sync + 'static,
) -> Result<Id<Message>> {
    let mut received = received;
    received.draft.by_server = true;
    received.draft = received.draft.checked()?;
    let id = tenant.context().new_id();
    for _ in 0..MAX_ATTEMPTS {
        let known = find_external(tenant, received.integration, &received.external_message_id);
        if let Some(known) = known.await? {
            return Ok(known.message_id);
        }
        let writes = add_writes.clone();
        match attempt(tenant, client, conversation, id, received.clone(), writes).await {
            Ok(Appended::New(message) | Appended::Known(message)) => return Ok(message.id),
            Err(
                AppendError::Behind
                | AppendError::PreconditionFailed { .. }
                | AppendError::Conflict {
                    collection: "external_messages",
                    ..
                },
            ) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(AppendError::Behind.into())
}

async fn attempt(
    tenant: &TenantStore,
    client: Id<User>,
    conversation: Id<Conversation>,
    id: Id<Message>,
    received: ReceivedMessage,
    add_writes: impl Fn(&mut Batch<TenantData>) + Send + Sync + 'static,
) -> Result<Appended<Message>, AppendError> {
    let access = open_id(tenant, Actor::User(client), conversation)
        .await
        .map_err(AppendError::Refused)?;
    if access.conversation.client_user_id != Some(client) {
        return Err(AppendError::Refused(not_the_client()));
    }
    let permission = access.permission().map_err(AppendError::Refused)?;
    permission.require().map_err(AppendError::Refused)?;
    let ReceivedMessage {
        source,
        integration,
        external_message_id,
        window_ends_at,
        mut draft,
    } = received;
    let files = attachments::resolve(tenant, None, &mut draft.attachments, &[])
        .await
        .map_err(AppendError::Refused)?;
    let message = Message {
        shown: true,
        r#type: Some(draft.message_type().to_owned()),
        content: draft.content,
        attachments: (!draft.attachments.is_empty()).then_some(Json(draft.attachments)),
        metadata: draft.metadata,
        thread_id: draft.thread_id,
        source: Some(source),
        platform_integration_id: Some(integration),
        external_message_id: Some(external_message_id.clone()),
        ..record(conversation, RecordKind::Message, Some(client))
    };
    let ticket = tenant.get(ticket_id(conversation)).await?;
    let guard = permission.guard(tenant, move |batch| {
        if let Some(ticket) = &ticket {
            open_ticket(batch, ticket, integration, window_ends_at);
        }
        files.attach(batch, conversation, id, client, &[]);
        batch.insert(ExternalMessage {
            platform_integration_id: integration,
            external_message_id: external_message_id.clone(),
            conversation_id: conversation,
            message_id: id,
            user_id: client,
        });
        batch.raise(conversation, Conversation::window_ends_at, window_ends_at);
        add_writes(batch);
    });
    let append = Append {
        id,
        record: message,
        seen: Some(access.head),
        guard,
    };
    tenant.append(conversation, append).await
}

fn not_the_client() -> Error {
    Error::new(
        ErrorCode::StateConflict,
        "The channel does not belong to this client.",
    )
}

/// Returns a stored message, deleted ones included; `None` for other records.
///
/// # Errors
/// When the store is unavailable.
pub async fn stored_message(
    tenant: &TenantStore,
    id: Id<Message>,
) -> Result<Option<Entity<Message>>> {
    let found = tenant.get(id).await?;
    Ok(found.filter(|message| message.kind == RecordKind::Message))
}

/// Returns the client and the time until which they may be answered freely, if the conversation is a
/// client's channel.
///
/// # Errors
/// When the store is unavailable.
pub async fn client_of(
    tenant: &TenantStore,
    conversation: Id<Conversation>,
) -> Result<Option<Id<User>>> {
    let found = tenant.get(conversation).await?;
    Ok(found.and_then(|conversation| conversation.client_user_id))
}
