use base::{Error, ErrorCode, Id, IdOrExternalId, Result};
use store::{Append, AppendError, Appended, Entity, Json, Queued, TenantStore};

use super::draft::Draft;
use crate::actor::Actor;
use crate::messaging::access::{Access, open, open_id};
use crate::messaging::collections::{Conversation, Message, RecordKind};
use crate::messaging::permissions::Speaker;
use crate::messaging::reaction::require_unblocked_sender;
use crate::messaging::record::record;

/// Times that a send looks again at a conversation in which much is written.
const LOOKS: usize = 3;

/// A message that stands.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The message.
    pub message: Entity<Message>,
    /// Whether it stood before, under the same `client_message_id`.
    pub replayed: bool,
}

/// Sends a message.
///
/// # Errors
/// 400 for a draft out of bounds, 403 `not_a_participant` or `user_blocked`, 404
/// `conversation_not_found`, 409 `client_message_id_reused` when another
/// message stands under the same id, 503 when the store cannot say.
pub async fn send(
    tenant: &TenantStore,
    actor: Actor,
    conversation: &IdOrExternalId<Conversation>,
    draft: Draft,
) -> Result<Sent> {
    send_as(tenant, actor, conversation, None, draft.checked()?).await
}

/// Sends a checked draft; the first try takes the sender for whom they are
/// remembered as, and looks at nothing else.
pub(in crate::messaging) async fn send_as(
    tenant: &TenantStore,
    actor: Actor,
    conversation: &IdOrExternalId<Conversation>,
    remembered: Option<Speaker>,
    draft: Draft,
) -> Result<Sent> {
    // To be remembered from too long ago is no look.
    let tries = LOOKS + usize::from(remembered.is_some());
    let mut speaker = match remembered {
        Some(speaker) => speaker,
        None => look(tenant, actor, conversation, &draft).await?,
    };
    // Minted before the first attempt: after an unclear error it tells what landed.
    let id = tenant.context().new_id();
    for _ in 0..tries {
        let attempt = attempt(tenant, &speaker, id, &draft).await;
        match outcome(tenant, &speaker, &draft, attempt).await {
            Some(outcome) => return outcome,
            None => speaker = look(tenant, actor, conversation, &draft).await?,
        }
    }
    Err(AppendError::Behind.into())
}

/// A draft that waits in its conversation's line, or why it does not.
pub(in crate::messaging) struct QueuedDraft(Result<(Queued<Message>, Draft)>);

/// Queues drafts of one who is remembered, all of them before it returns, in
/// their order.
pub(in crate::messaging) fn queue_each(
    tenant: &TenantStore,
    speaker: &Speaker,
    drafts: impl Iterator<Item = Draft>,
) -> Vec<QueuedDraft> {
    let queued = |draft: Draft| {
        let draft = draft.checked()?;
        Ok((
            queue(tenant, speaker, tenant.context().new_id(), &draft)?,
            draft,
        ))
    };
    drafts.map(|draft| QueuedDraft(queued(draft))).collect()
}

impl QueuedDraft {
    /// Waits until it is known what became of the draft. Hands it back when its
    /// sender must be looked at: then those behind it too, since their guards
    /// saw the same record.
    pub(in crate::messaging) async fn outcome(
        self,
        tenant: &TenantStore,
        speaker: &Speaker,
    ) -> Result<Result<Sent>, Draft> {
        match self.0 {
            Ok((queued, draft)) => outcome(tenant, speaker, &draft, queued.outcome().await)
                .await
                .ok_or(draft),
            Err(failure) => Ok(Err(failure)),
        }
    }
}

/// What became of a draft; `None` when its sender must be looked at again.
async fn outcome(
    tenant: &TenantStore,
    speaker: &Speaker,
    draft: &Draft,
    attempt: Result<Appended<Message>, AppendError>,
) -> Option<Result<Sent>> {
    Some(match attempt {
        Err(AppendError::Behind) => return None,
        Ok(Appended::New(message)) => Ok(Sent {
            message,
            replayed: false,
        }),
        Ok(Appended::Known(message)) => known(message, draft),
        // A retry of what was stored before the sender was removed is still answered.
        Err(AppendError::Refused(failure)) => match standing(tenant, speaker, draft).await {
            Ok(Some(message)) => known(as_seen(tenant, speaker, message).await, draft),
            Ok(None) => Err(failure),
            Err(failure) => Err(failure),
        },
        Err(error) => Err(error.into()),
    })
}

async fn look(
    tenant: &TenantStore,
    actor: Actor,
    conversation: &IdOrExternalId<Conversation>,
    draft: &Draft,
) -> Result<Speaker> {
    let access = open(tenant, actor, conversation).await?;
    check_thread(tenant, &access, draft).await?;
    access.speaker()
}

async fn attempt(
    tenant: &TenantStore,
    speaker: &Speaker,
    id: Id<Message>,
    draft: &Draft,
) -> Result<Appended<Message>, AppendError> {
    queue(tenant, speaker, id, draft)?.outcome().await
}

fn queue(
    tenant: &TenantStore,
    speaker: &Speaker,
    id: Id<Message>,
    draft: &Draft,
) -> Result<Queued<Message>, AppendError> {
    speaker.require().map_err(AppendError::Refused)?;
    let fingerprint = draft.fingerprint(id).map_err(AppendError::Refused)?;
    let message = Message {
        shown: true,
        client_message_id: draft.client_message_id.clone(),
        fingerprint: Some(fingerprint),
        r#type: Some(draft.message_type().to_owned()),
        content: draft.content.clone(),
        attachments: (!draft.attachments.is_empty()).then(|| Json(draft.attachments.clone())),
        metadata: draft.metadata.clone(),
        thread_id: draft.thread_id,
        ..record(
            speaker.conversation,
            RecordKind::Message,
            Some(speaker.user),
        )
    };
    let guard = speaker.guard(tenant);
    tenant.queue(
        speaker.conversation,
        Append {
            id,
            record: message,
            seen: Some(speaker.seen),
            guard,
        },
    )
}

/// The message that stands under the draft's `client_message_id`.
async fn standing(
    tenant: &TenantStore,
    speaker: &Speaker,
    draft: &Draft,
) -> Result<Option<Entity<Message>>> {
    let Some(id) = draft.client_message_id.clone() else {
        return Ok(None);
    };
    let query = Message::by_client_message_id
        .eq(Message::conversation_id, speaker.conversation)
        .eq(Message::sender_id, speaker.user)
        .eq(Message::client_message_id, id);
    Ok(tenant.find(query).await?)
}

/// A message that a sender may not send any more, as they see it.
async fn as_seen(
    tenant: &TenantStore,
    speaker: &Speaker,
    message: Entity<Message>,
) -> Entity<Message> {
    match open_id(tenant, Actor::User(speaker.user), speaker.conversation).await {
        Ok(access) => access.seen(message),
        Err(_) => message,
    }
}

/// A retry answers what stands; a reuse of the id for something else does not.
fn known(message: Entity<Message>, draft: &Draft) -> Result<Sent> {
    let same = match &message.fingerprint {
        Some(fingerprint) => *fingerprint == draft.fingerprint(message.id)?,
        // Wiped with the message: what was sent can no longer be told.
        None => true,
    };
    if same {
        Ok(Sent {
            message,
            replayed: true,
        })
    } else {
        Err(Error::new(
            ErrorCode::ClientMessageIdReused,
            "Another message was sent under this client_message_id; choose a new one.",
        ))
    }
}

async fn check_thread(tenant: &TenantStore, access: &Access, draft: &Draft) -> Result<()> {
    let Some(thread) = draft.thread_id else {
        return Ok(());
    };
    let message = tenant.get(thread).await?;
    let legal = |message: &Entity<Message>| {
        message.kind == RecordKind::Message
            && message.conversation_id == access.conversation.id
            && access.may_read(message.seq)
    };
    match message.filter(legal) {
        Some(message) => require_unblocked_sender(tenant, access, &message).await,
        None => Err(Error::invalid(
            "/thread_id",
            "there is no such message in this conversation",
        )),
    }
}
