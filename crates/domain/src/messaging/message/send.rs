use base::{Error, ErrorCode, Id, IdOrExternalId, Result};
use store::{Append, AppendError, Appended, Entity, Json, Queued, TenantStore};

use super::draft::Draft;
use crate::actor::Actor;
use crate::messaging::access::{Access, open, open_id};
use crate::messaging::attachments::{self, AttachedFiles};
use crate::messaging::collections::{Conversation, Message, RecordKind};
use crate::messaging::permissions::PostPermission;
use crate::messaging::reaction::require_unblocked_sender;
use crate::messaging::record::record;

/// Maximum attempts in a conversation with many concurrent writes.
const MAX_ATTEMPTS: usize = 3;

/// A committed message.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The message.
    pub message: Entity<Message>,
    /// Whether the message existed before, under the same `client_message_id`.
    pub replayed: bool,
}

/// Sends a message.
///
/// # Errors
/// 400 for an invalid draft, 403 `not_a_participant` or `user_blocked`, 404
/// `conversation_not_found`, 409 `client_message_id_reused` if another message has the same id, 503
/// if the outcome is unknown.
pub async fn send(
    tenant: &TenantStore,
    actor: Actor,
    conversation: &IdOrExternalId<Conversation>,
    draft: Draft,
) -> Result<Sent> {
    send_as(tenant, actor, conversation, None, draft.checked()?).await
}

/// Sends a validated draft. The first attempt uses the cached permission, if any, and reads
/// nothing.
pub(in crate::messaging) async fn send_as(
    tenant: &TenantStore,
    actor: Actor,
    conversation: &IdOrExternalId<Conversation>,
    cached: Option<PostPermission>,
    draft: Draft,
) -> Result<Sent> {
    // An attempt with an outdated cached permission does not count.
    let tries = MAX_ATTEMPTS + usize::from(cached.is_some());
    let mut permission = match cached {
        Some(permission) => permission,
        None => refresh_permission(tenant, actor, conversation, &draft).await?,
    };
    // Generated before the first attempt: identifies the committed message after an unknown
    // outcome.
    let id = tenant.context().new_id();
    for _ in 0..tries {
        let with_files = match with_files(tenant, &permission, &draft).await {
            Ok(with_files) => with_files,
            Err(error) => return stored_or(tenant, &permission, &draft, error).await,
        };
        let draft = with_files.as_ref().map_or(&draft, |(draft, _)| draft);
        let files = with_files.as_ref().map(|(_, files)| files.clone());
        let attempt = attempt(tenant, &permission, id, draft, files.unwrap_or_default()).await;
        match outcome(tenant, &permission, draft, attempt).await {
            Some(outcome) => return outcome,
            None => permission = refresh_permission(tenant, actor, conversation, draft).await?,
        }
    }
    Err(AppendError::Behind.into())
}

/// Returns the draft with what is known about its files, and the files; `None` if it has no attachments.
async fn with_files(
    tenant: &TenantStore,
    permission: &PostPermission,
    draft: &Draft,
) -> Result<Option<(Draft, AttachedFiles)>> {
    if !draft.has_attachments() {
        return Ok(None);
    }
    let mut draft = draft.clone();
    let uploader = (!draft.by_server).then_some(permission.user);
    let files = attachments::resolve(tenant, uploader, &mut draft.attachments, &[]).await?;
    Ok(Some((draft.combined()?, files)))
}

/// Returns the stored message if the draft is a retry whose files were removed since; otherwise
/// fails with `error`.
async fn stored_or(
    tenant: &TenantStore,
    permission: &PostPermission,
    draft: &Draft,
    error: Error,
) -> Result<Sent> {
    let Some(message) = existing_message(tenant, permission, draft).await? else {
        return Err(error);
    };
    let mut draft = draft.clone();
    attachments::describe_as_stored(&mut draft.attachments, &message);
    replay_of(as_seen_by_sender(tenant, permission, message).await, &draft)
}

/// A draft queued in its conversation's sequencer, or the reason why it is not.
pub(in crate::messaging) struct QueuedDraft(Result<(Queued<Message>, Draft)>);

/// Queues drafts of a sender with a cached permission, all of them before it returns, in order.
pub(in crate::messaging) fn queue_each(
    tenant: &TenantStore,
    permission: &PostPermission,
    drafts: impl Iterator<Item = Draft>,
) -> Vec<QueuedDraft> {
    let queued = |draft: Draft| {
        let draft = draft.checked()?;
        Ok((
            queue(
                tenant,
                permission,
                tenant.context().new_id(),
                &draft,
                AttachedFiles::default(),
            )?,
            draft,
        ))
    };
    drafts.map(|draft| QueuedDraft(queued(draft))).collect()
}

impl QueuedDraft {
    /// Waits for the outcome of the draft. Returns the draft if the permission must be read again.
    /// Then this also applies to the following drafts, whose guards saw the same record.
    pub(in crate::messaging) async fn outcome(
        self,
        tenant: &TenantStore,
        permission: &PostPermission,
    ) -> Result<Result<Sent>, Draft> {
        match self.0 {
            Ok((queued, draft)) => outcome(tenant, permission, &draft, queued.outcome().await)
                .await
                .ok_or(draft),
            Err(failure) => Ok(Err(failure)),
        }
    }
}

/// Returns the outcome of a draft; `None` if the permission must be read again.
async fn outcome(
    tenant: &TenantStore,
    permission: &PostPermission,
    draft: &Draft,
    attempt: Result<Appended<Message>, AppendError>,
) -> Option<Result<Sent>> {
    Some(match attempt {
        // A file that it attaches has changed since it was read.
        Err(AppendError::PreconditionFailed { .. }) if draft.has_attachments() => return None,
        Err(AppendError::Behind) => return None,
        Ok(Appended::New(message)) => Ok(Sent {
            message,
            replayed: false,
        }),
        Ok(Appended::Known(message)) => replay_of(message, draft),
        // A retry returns the stored message even if the sender has been removed since.
        Err(AppendError::Refused(failure)) => {
            match existing_message(tenant, permission, draft).await {
                Ok(Some(message)) => {
                    replay_of(as_seen_by_sender(tenant, permission, message).await, draft)
                }
                Ok(None) => Err(failure),
                Err(failure) => Err(failure),
            }
        }
        Err(error) => Err(error.into()),
    })
}

async fn refresh_permission(
    tenant: &TenantStore,
    actor: Actor,
    conversation: &IdOrExternalId<Conversation>,
    draft: &Draft,
) -> Result<PostPermission> {
    let access = open(tenant, actor, conversation).await?;
    check_thread(tenant, &access, draft).await?;
    access.permission()
}

async fn attempt(
    tenant: &TenantStore,
    permission: &PostPermission,
    id: Id<Message>,
    draft: &Draft,
    files: AttachedFiles,
) -> Result<Appended<Message>, AppendError> {
    queue(tenant, permission, id, draft, files)?.outcome().await
}

fn queue(
    tenant: &TenantStore,
    permission: &PostPermission,
    id: Id<Message>,
    draft: &Draft,
    files: AttachedFiles,
) -> Result<Queued<Message>, AppendError> {
    permission.require().map_err(AppendError::Refused)?;
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
            permission.conversation,
            RecordKind::Message,
            Some(permission.user),
        )
    };
    let PostPermission {
        conversation, user, ..
    } = *permission;
    let guard = permission.guard(tenant, move |batch| {
        files.attach(batch, conversation, id, user, &[]);
    });
    tenant.queue(
        permission.conversation,
        Append {
            id,
            record: message,
            seen: Some(permission.seen),
            guard,
        },
    )
}

/// Returns the existing message with the draft's `client_message_id`.
async fn existing_message(
    tenant: &TenantStore,
    permission: &PostPermission,
    draft: &Draft,
) -> Result<Option<Entity<Message>>> {
    let Some(id) = draft.client_message_id.clone() else {
        return Ok(None);
    };
    let query = Message::by_client_message_id
        .eq(Message::conversation_id, permission.conversation)
        .eq(Message::sender_id, permission.user)
        .eq(Message::client_message_id, id);
    Ok(tenant.find(query).await?)
}

/// Returns a message as its sender sees it, even if they may no longer send.
async fn as_seen_by_sender(
    tenant: &TenantStore,
    permission: &PostPermission,
    message: Entity<Message>,
) -> Entity<Message> {
    match open_id(
        tenant,
        Actor::User(permission.user),
        permission.conversation,
    )
    .await
    {
        Ok(access) => access.seen(message),
        Err(_) => message,
    }
}

/// Returns the existing message for a retry; fails if the id was reused for another message.
fn replay_of(message: Entity<Message>, draft: &Draft) -> Result<Sent> {
    let same = match &message.fingerprint {
        Some(fingerprint) => *fingerprint == draft.fingerprint(message.id)?,
        // Redacted with the message, so that a retry cannot be distinguished from a reuse.
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
            "The client_message_id was used for another message; use a new one.",
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
