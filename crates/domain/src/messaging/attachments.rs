//! Files that messages hold: attaching, access, and changes of their state.

use std::collections::{HashMap, HashSet};

use base::{Error, Id, Result};
use store::{
    AppendError, Batch, Changes, Entity, Guard, Position, Seq, TenantData, TenantStore, Update,
};

use super::attachment_urls;
use super::collections::{Conversation, FileReference, Message, RecordKind};
use super::content::{AttachedFile, Attachment};
use super::message::get as get_message;
use super::record::{about, append};
use crate::actor::Actor;
use crate::media::{self, File, FilePurpose, FileState};
use crate::users::User;

/// Maximum attempts when other writers conflict.
const MAX_ATTEMPTS: usize = 5;

/// Files that a new or edited message attaches, as they were read.
#[derive(Clone, Debug, Default)]
pub(super) struct AttachedFiles(Vec<Entity<File>>);

/// Resolves the files of attachments and completes the attachments with their name, size and type.
/// Files that the message already holds, `held`, need no permission.
///
/// # Errors
/// 400 that names the attachment, if a file does not exist, cannot be attached, or belongs to
/// another user.
pub(super) async fn resolve(
    tenant: &TenantStore,
    uploader: Option<Id<User>>,
    attachments: &mut [Attachment],
    held: &[Attachment],
) -> Result<AttachedFiles> {
    attachment_urls::check(tenant, attachments, held).await?;
    let named = file_ids(attachments);
    if named.is_empty() {
        return Ok(AttachedFiles::default());
    }
    let ids: Vec<_> = named.iter().copied().collect();
    let files: HashMap<_, _> = tenant
        .get_many(&ids)
        .await?
        .into_iter()
        .map(|file| (file.id, file))
        .collect();
    for (at, attachment) in attachments.iter_mut().enumerate() {
        let is_held = held.iter().any(|held| held.file_id == attachment.file_id);
        for (field, id) in [
            ("file_id", attachment.file_id),
            ("poster_file_id", attachment.poster_file_id),
        ] {
            let Some(id) = id else { continue };
            let pointer = || format!("/attachments/{at}/{field}");
            let may_attach =
                |file: &&Entity<File>| is_held || uploader.is_none() || file.user_id == uploader;
            let Some(file) = files.get(&id).filter(may_attach) else {
                return Err(Error::invalid(pointer(), "There is no such file of yours."));
            };
            require_attachable(file).map_err(|reason| Error::invalid(pointer(), reason))?;
            if field == "file_id" {
                fill_in(attachment, &described(file));
            }
        }
    }
    Ok(AttachedFiles(files.into_values().collect()))
}

fn require_attachable(file: &File) -> Result<(), &'static str> {
    if !matches!(
        file.purpose,
        FilePurpose::Attachment | FilePurpose::Encrypted
    ) {
        return Err("The file was uploaded for another purpose.");
    }
    match file.state {
        FileState::Processing | FileState::Ready => Ok(()),
        FileState::Uploading => Err("The file is not uploaded completely."),
        FileState::Blocked => Err("The file was rejected by the virus scanner."),
        FileState::Failed | FileState::Deleting => Err("The file cannot be read."),
    }
}

/// Returns what a message stores about a file.
fn described(file: &File) -> Attachment {
    Attachment {
        r#type: file.kind.as_str().to_owned(),
        size: Some(file.size),
        mime_type: Some(file.content_type.clone()),
        name: file.name.clone(),
        ..Attachment::default()
    }
}

/// Fills in what is known about the file of an attachment.
fn fill_in(attachment: &mut Attachment, known: &Attachment) {
    attachment.r#type.clone_from(&known.r#type);
    attachment.size = known.size;
    attachment.mime_type.clone_from(&known.mime_type);
    if attachment.name.is_none() {
        attachment.name.clone_from(&known.name);
    }
}

/// Fills in what a stored message says about its files, in attachments that name the same ones.
pub(super) fn describe_as_stored(attachments: &mut [Attachment], message: &Message) {
    for attachment in attachments {
        let is_same =
            |stored: &&Attachment| stored.file_id.is_some() && stored.file_id == attachment.file_id;
        if let Some(stored) = attachments_of(message).iter().find(is_same) {
            fill_in(attachment, stored);
        }
    }
}

fn file_ids(attachments: &[Attachment]) -> HashSet<Id<File>> {
    attachments
        .iter()
        .flat_map(|attachment| [attachment.file_id, attachment.poster_file_id])
        .flatten()
        .collect()
}

fn attachments_of(message: &Message) -> &[Attachment] {
    message
        .attachments
        .as_ref()
        .map_or(&[], |attachments| &attachments.0)
}

impl AttachedFiles {
    /// Adds the references of a message to its files. The batch fails if the state of a file has
    /// changed since it was read, so that none is attached while it is removed.
    pub(super) fn attach(
        &self,
        batch: &mut Batch<TenantData>,
        conversation: Id<Conversation>,
        message: Id<Message>,
        sender: Id<User>,
        held: &[Attachment],
    ) {
        let held = file_ids(held);
        let id = message.object_id();
        for file in self.0.iter().filter(|file| !held.contains(&file.id)) {
            // Leaves the version to the job that processes the file.
            let attached = Changes::new().set(File::attached_by, id);
            batch.update(
                file.id,
                Update::of(attached)
                    .quietly()
                    .expecting(File::state, Some(file.state)),
            );
            batch.insert(FileReference {
                conversation_id: conversation,
                message_id: message,
                file_id: file.id,
                user_id: sender,
                kind: file.kind,
                seq: Seq::Assigned,
            });
        }
    }
}

/// Files that messages no longer hold, with the references to remove.
#[derive(Clone, Debug, Default)]
pub(super) struct DetachedFiles {
    references: Vec<(Id<Conversation>, Id<Message>, Id<File>)>,
    existing: Vec<Id<File>>,
}

impl DetachedFiles {
    /// Reads the files of messages that will be redacted.
    pub(super) async fn of<'m>(
        tenant: &TenantStore,
        messages: impl IntoIterator<Item = &'m Entity<Message>>,
    ) -> Result<Self> {
        let references = messages.into_iter().flat_map(|message| {
            file_ids(attachments_of(message))
                .into_iter()
                .map(|file| (message.conversation_id, message.id, file))
        });
        Self::read(tenant, references.collect()).await
    }

    /// Reads the files of a message that `after` does not hold any more.
    pub(super) async fn between(
        tenant: &TenantStore,
        message: &Entity<Message>,
        after: &[Attachment],
    ) -> Result<Self> {
        let kept = file_ids(after);
        let references = file_ids(attachments_of(message))
            .into_iter()
            .filter(|file| !kept.contains(file))
            .map(|file| (message.conversation_id, message.id, file));
        Self::read(tenant, references.collect()).await
    }

    async fn read(
        tenant: &TenantStore,
        references: Vec<(Id<Conversation>, Id<Message>, Id<File>)>,
    ) -> Result<Self> {
        let ids: HashSet<_> = references.iter().map(|(_, _, file)| *file).collect();
        let ids: Vec<_> = ids.into_iter().collect();
        let files = tenant.get_many(&ids).await?;
        let is_checked_later = |file: &Entity<File>| {
            matches!(
                file.state,
                FileState::Ready | FileState::Failed | FileState::Blocked
            )
        };
        Ok(Self {
            references,
            existing: files
                .into_iter()
                .filter(is_checked_later)
                .map(|file| file.id)
                .collect(),
        })
    }

    /// Removes the references and schedules the check whether the files are still held.
    pub(super) fn detach(&self, batch: &mut Batch<TenantData>) {
        for (conversation, message, file) in &self.references {
            let reference = FileReference::by_message
                .eq(FileReference::conversation_id, *conversation)
                .eq(FileReference::message_id, *message)
                .eq(FileReference::file_id, *file);
            batch.delete_range(reference.limit(1));
        }
        let check_at = media::unused_at(batch);
        for file in &self.existing {
            let changes = Changes::new().set(File::due_at, check_at);
            batch.update(*file, Update::of(changes).quietly());
        }
    }
}

/// Adds the current state of attached files to messages, with at most one statement.
///
/// # Errors
/// When the store is unavailable.
pub async fn load_file_details<'m>(
    tenant: &TenantStore,
    messages: impl IntoIterator<Item = &'m mut Entity<Message>>,
) -> Result<()> {
    let mut attachments: Vec<&mut Attachment> = messages
        .into_iter()
        .filter_map(|message| message.doc.attachments.as_mut())
        .flat_map(|attachments| attachments.0.iter_mut())
        .filter(|attachment| attachment.file_id.is_some())
        .collect();
    if attachments.is_empty() {
        return Ok(());
    }
    let ids: HashSet<_> = attachments
        .iter()
        .filter_map(|attachment| attachment.file_id)
        .collect();
    let found = media::details(tenant, ids).await?;
    for attachment in &mut attachments {
        let details = attachment
            .file_id
            .and_then(|id| found.get(&id))
            .filter(|metadata| metadata.state != FileState::Deleting);
        attachment.file = Some(match details {
            Some(metadata) => AttachedFile::Present(metadata.clone()),
            None => AttachedFile::Removed,
        });
    }
    Ok(())
}

/// Returns a file that the actor may read: without `message` their own, otherwise one that this
/// message holds.
///
/// # Errors
/// 404 `file_not_found` in all other cases.
pub async fn readable_file(
    tenant: &TenantStore,
    actor: Actor,
    id: Id<File>,
    message: Option<Id<Message>>,
) -> Result<Entity<File>> {
    let file = media::get(tenant, id).await?;
    let Some(message) = message else {
        return if file.belongs_to(actor) {
            Ok(file)
        } else {
            Err(media::not_found())
        };
    };
    let (message, _) = get_message(tenant, actor, message).await.map_err(hidden)?;
    if file_ids(attachments_of(&message)).contains(&id) {
        Ok(file)
    } else {
        Err(media::not_found())
    }
}

/// Returns whether a message holds a file.
///
/// # Errors
/// When the store is unavailable.
pub async fn is_held_by(
    tenant: &TenantStore,
    file: Id<File>,
    message: Id<Message>,
) -> Result<bool> {
    let message = tenant.get(message).await?;
    Ok(message.is_some_and(|message| {
        message.deleted_at.is_none() && file_ids(attachments_of(&message)).contains(&file)
    }))
}

/// Maps an inaccessible message to an unknown file.
fn hidden(error: Error) -> Error {
    if error.code.status() == 404 {
        media::not_found()
    } else {
        error
    }
}

/// Returns a page of the references of messages to a file, at most `limit`.
///
/// # Errors
/// When the store is unavailable.
pub(crate) async fn holders(
    tenant: &TenantStore,
    file: Id<File>,
    limit: usize,
    after: Option<Position>,
) -> Result<store::Page<FileReference>> {
    let query = FileReference::by_file.eq(FileReference::file_id, file);
    Ok(tenant.list(query.limit(limit).after(after)).await?)
}

/// Appends a record to the log of a conversation that an attached file has changed, so that its
/// readers receive the message again.
///
/// # Errors
/// When the store is unavailable.
pub(crate) async fn announce_file(tenant: &TenantStore, reference: &FileReference) -> Result<()> {
    for _ in 0..MAX_ATTEMPTS {
        let message = tenant.get(reference.message_id).await?;
        let Some(message) = message.filter(|message| message.deleted_at.is_none()) else {
            return Ok(());
        };
        let head = tenant
            .heads::<Message>(&[reference.conversation_id])
            .await?
            .pop();
        let handle = tenant.clone();
        let id = message.id;
        let guard = Guard::new(move |_| {
            let mut batch = handle.batch();
            let changes = Changes::new().set(Message::changed_seq, Seq::Assigned);
            batch.update(id, Update::of(changes));
            Ok(batch)
        });
        let record = about(RecordKind::File, None, &message);
        match append(tenant, record, head.map_or(0, |head| head.seq), guard).await {
            Err(AppendError::Behind) => {}
            // The message was deleted concurrently.
            Ok(_) | Err(AppendError::PreconditionFailed { .. }) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
    Err(AppendError::Behind.into())
}

/// Removes up to `limit` references to a file that no longer exists. Returns their number.
///
/// # Errors
/// When the store is unavailable.
pub(crate) async fn remove_references(
    tenant: &TenantStore,
    file: Id<File>,
    limit: usize,
) -> Result<usize> {
    let found = holders(tenant, file, limit, None).await?.items;
    let mut batch = tenant.batch();
    for reference in &found {
        batch.remove(reference.id, false);
    }
    if !found.is_empty() {
        tenant.commit(batch).await?;
    }
    Ok(found.len())
}
