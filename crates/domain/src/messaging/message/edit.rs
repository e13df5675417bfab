use base::{Error, ErrorCode, Id, Patch, Result, limit};
use store::{AppendError, Changes, Entity, Json, RawJson, Seq, TenantStore, Update};

use super::draft::{Draft, check_attachments, check_content, require_free_type};
use super::{get, not_found};
use crate::actor::Actor;
use crate::holds::NoHold;
use crate::messaging::access::Access;
use crate::messaging::attachments::{self, DetachedFiles};
use crate::messaging::collections::{Message, RecordKind, deleted_by};
use crate::messaging::content::{Attachment, Revision};
use crate::messaging::permissions::Rule;
use crate::messaging::record::{about, append, next_seq};
use crate::users::User;
use crate::validation;

/// Maximum attempts of a change without a version when other writers conflict.
const MAX_ATTEMPTS: usize = 5;

/// Changes of an edit.
#[derive(Clone, Debug, Default)]
pub struct EditedMessage {
    /// The text.
    pub content: Patch<String>,
    /// Attachments: uploaded files and URLs.
    pub attachments: Patch<Vec<Attachment>>,
    /// The tenant's own data.
    pub metadata: Patch<RawJson>,
    /// Expected version of the message, if any.
    pub version: Option<i64>,
    /// Whether the request has an API key, with or without an acting user. Required to edit
    /// messages of a reserved type.
    pub by_server: bool,
}

impl EditedMessage {
    /// Validates the changed fields. Stored fields are not validated again.
    fn checked(mut self) -> Result<Self> {
        if let Patch::Set(content) = &self.content {
            check_content(content)?;
        }
        if let Patch::Set(attachments) = &self.attachments {
            check_attachments(attachments)?;
        }
        if let Patch::Set(metadata) = &self.metadata {
            self.metadata = Patch::Set(validation::metadata("/metadata", metadata)?);
        }
        Ok(self)
    }
}

/// Edits a message of the actor. Keeps the previous content in the history.
///
/// # Errors
/// 404 `message_not_found` (also if deleted), 403 for another sender's message, 409
/// `version_conflict` or `legal_hold`, 400 if invalid.
pub async fn edit(
    tenant: &TenantStore,
    actor: Actor,
    id: Id<Message>,
    changes: EditedMessage,
) -> Result<Entity<Message>> {
    let changes = changes.checked()?;
    for _ in 0..MAX_ATTEMPTS {
        let (message, access) = get(tenant, actor, id).await?;
        may_edit(&message, &access, changes.by_server)?;
        // A full history drops its oldest revision.
        let no_hold = match history_len(&message) {
            limit::MESSAGE_HISTORY.. => Some(no_hold(tenant, &message).await?),
            _ => None,
        };
        match attempt(tenant, &message, &access, &changes, no_hold).await {
            Err(AppendError::PreconditionFailed { .. }) if changes.version.is_none() => {}
            Err(AppendError::PreconditionFailed { current: None }) => return Err(not_found()),
            Err(AppendError::Behind) => {}
            Err(error) => return Err(error.into()),
            Ok(()) => return tenant.get(id).await?.ok_or_else(not_found),
        }
    }
    Err(AppendError::Behind.into())
}

fn may_edit(message: &Entity<Message>, access: &Access, by_server: bool) -> Result<()> {
    if message.deleted_at.is_some() {
        return Err(not_found());
    }
    access.require(Rule::Post)?;
    if message.sender_id != Some(access.user()?) {
        return Err(Error::new(
            ErrorCode::Forbidden,
            "Only the sender can edit a message.",
        ));
    }
    if by_server {
        Ok(())
    } else {
        require_free_type(message.r#type.as_deref().unwrap_or_default())
    }
}

async fn attempt(
    tenant: &TenantStore,
    message: &Entity<Message>,
    access: &Access,
    edited: &EditedMessage,
    no_hold: Option<NoHold>,
) -> Result<(), AppendError> {
    let mut after = after(message, edited)
        .combined()
        .map_err(AppendError::Refused)?;
    if message.audience.is_some() && !after.attachments.is_empty() {
        let detail = "notes have no attachments";
        let error = Error::invalid("/attachments", detail);
        return Err(AppendError::Refused(error));
    }
    let held = message.attachments.as_ref().map_or(&[][..], |held| &held.0);
    // A server may attach the files of all users.
    let uploader = access.acting_user().filter(|_| !edited.by_server);
    let files = attachments::resolve(tenant, uploader, &mut after.attachments, held)
        .await
        .map_err(AppendError::Refused)?;
    let detached = DetachedFiles::between(tenant, message, &after.attachments)
        .await
        .map_err(AppendError::Refused)?;
    let sender = access.user().map_err(AppendError::Refused)?;
    let id = message.id;
    let version = edited.version.unwrap_or(message.version);
    let changes = Changes::new()
        .put(Message::content, after.content)
        .put(
            Message::attachments,
            (!after.attachments.is_empty()).then_some(Json(after.attachments)),
        )
        .put(Message::metadata, after.metadata)
        .set_time(Message::edited_at)
        .set(Message::changed_seq, Seq::Assigned);
    let handle = tenant.clone();
    let seen = access.head;
    let before = message.clone();
    let guard = access.guard(Rule::Post, move |since| {
        let mut batch = handle.batch();
        if let Some(no_hold) = &no_hold {
            no_hold.assert_unchanged(&mut batch);
        }
        let history = history(&before, batch.now(), next_seq(seen, since));
        let changes = changes.clone().set(Message::history, Json(history));
        let held = before.attachments.as_ref().map_or(&[][..], |held| &held.0);
        files.attach(&mut batch, before.conversation_id, id, sender, held);
        detached.detach(&mut batch);
        batch.update(id, Update::of(changes).expecting_version(version));
        Ok(batch)
    });
    let record = about(RecordKind::Edit, access.acting_user(), message);
    append(tenant, record, access.head, guard).await.map(drop)
}

fn after(message: &Entity<Message>, edited: &EditedMessage) -> Draft {
    let mut attachments = message
        .attachments
        .as_ref()
        .map(|attachments| attachments.0.clone());
    let mut content = message.content.clone();
    let mut metadata = message.metadata.clone();
    edited.content.clone().apply(&mut content);
    edited.attachments.clone().apply(&mut attachments);
    edited.metadata.clone().apply(&mut metadata);
    let r#type = message.r#type.clone();
    let thread_id = message.thread_id;
    Draft {
        r#type,
        content,
        attachments: attachments.unwrap_or_default(),
        metadata,
        thread_id,
        ..Draft::default()
    }
}

fn history_len(message: &Message) -> usize {
    message
        .history
        .as_ref()
        .map_or(0, |history| history.0.len())
}

/// Returns the history with the current content appended; drops the oldest revisions above the
/// limit.
fn history(message: &Entity<Message>, now: base::Timestamp, seq: i64) -> Vec<Revision> {
    let mut history = message
        .history
        .as_ref()
        .map(|history| history.0.clone())
        .unwrap_or_default();
    history.push(Revision {
        content: message.content.clone(),
        attachments: message
            .attachments
            .as_ref()
            .map(|attachments| attachments.0.clone())
            .unwrap_or_default(),
        metadata: message
            .metadata
            .as_ref()
            .map(|metadata| metadata.0.to_string()),
        replaced_at: now,
        replaced_seq: Some(seq),
    });
    history.drain(..history.len().saturating_sub(limit::MESSAGE_HISTORY));
    history
}

/// Deletes a message. Requires its sender, an admin or the tenant's server. The message stays as a
/// tombstone without content, history and fingerprint. Idempotent: deleting it again returns the
/// same tombstone.
///
/// # Errors
/// 404 `message_not_found`, 403 if the actor is neither the sender nor an admin, 409 `legal_hold`.
pub async fn delete(
    tenant: &TenantStore,
    actor: Actor,
    id: Id<Message>,
) -> Result<Entity<Message>> {
    for _ in 0..MAX_ATTEMPTS {
        let (message, access) = get(tenant, actor, id).await?;
        let rule = rule(&message, &access);
        access.require(rule)?;
        if message.deleted_at.is_some() {
            return Ok(message);
        }
        let no_hold = no_hold(tenant, &message).await?;
        let detached = DetachedFiles::of(tenant, [&message]).await?;
        match attempt_delete(tenant, &message, &access, rule, no_hold, detached).await {
            Err(AppendError::PreconditionFailed { .. } | AppendError::Behind) => {}
            Err(error) => return Err(error.into()),
            Ok(()) => return tenant.get(id).await?.ok_or_else(not_found),
        }
    }
    Err(AppendError::Behind.into())
}

fn rule(message: &Entity<Message>, access: &Access) -> Rule {
    let own = access.acting_user().is_some() && message.sender_id == access.acting_user();
    if own { Rule::Participate } else { Rule::Manage }
}

/// Checks that there is no legal hold on the message's conversation or sender.
pub(super) async fn no_hold(tenant: &TenantStore, message: &Message) -> Result<NoHold> {
    let sender = message.sender_id.map(Id::object_id);
    NoHold::check(
        tenant,
        sender
            .into_iter()
            .chain([message.conversation_id.object_id()]),
    )
    .await
}

async fn attempt_delete(
    tenant: &TenantStore,
    message: &Entity<Message>,
    access: &Access,
    rule: Rule,
    no_hold: NoHold,
    detached: DetachedFiles,
) -> Result<(), AppendError> {
    let handle = tenant.clone();
    let id = message.id;
    let by = access.acting_user();
    let guard = access.guard(rule, move |_| {
        let mut batch = handle.batch();
        no_hold.assert_unchanged(&mut batch);
        detached.detach(&mut batch);
        batch.update(id, tombstone_changes(by, &no_hold));
        Ok(batch)
    });
    let record = about(RecordKind::Deletion, by, message);
    append(tenant, record, access.head, guard).await.map(drop)
}

/// Returns the changes that turn a message into a tombstone. The batch must assert `_no_hold`.
pub(in crate::messaging) fn tombstone_changes(
    by: Option<Id<User>>,
    _unheld: &NoHold,
) -> Update<Message> {
    let wiped = Changes::new()
        .clear(Message::content)
        .clear(Message::attachments)
        .clear(Message::metadata)
        .clear(Message::reactions)
        .clear(Message::history)
        .clear(Message::fingerprint)
        .set(Message::changed_seq, Seq::Assigned);
    Update::of(wiped).deleting(deleted_by(by))
}
