use base::{Error, ErrorCode, Id, Result, limit};
use bytes::Bytes;
use futures_util::Stream;
use store::{Batch, Changes, CommitError, Entity, TenantData, TenantStore, Update};

use super::collections::{File, FileKind, FilePurpose, FileState, MediaMetadata, metadata_id};
use super::rules::FileRules;
use super::storage::{ObjectName, Written};
use super::usage::{Reservation, adjust};
use super::{Media, content_type, not_found};
use crate::identity::User;
use crate::validation;

/// Maximum attempts when other writers conflict.
const MAX_ATTEMPTS: usize = 20;

/// A file to upload.
#[derive(Clone, Debug)]
pub struct NewFile {
    /// The user who uploads it; `None` for the tenant's server.
    pub user: Option<Id<User>>,
    /// What it is uploaded for.
    pub purpose: FilePurpose,
    /// File name.
    pub name: Option<String>,
    /// Media type that the client states.
    pub content_type: Option<String>,
    /// What the tenant accepts.
    pub rules: FileRules,
}

impl NewFile {
    /// Returns the kind of content that the client states.
    fn kind(&self) -> FileKind {
        let content_type = self.content_type.as_deref().unwrap_or_default();
        match self.purpose {
            FilePurpose::Encrypted => FileKind::File,
            _ => FileKind::of(&content_type.to_ascii_lowercase()),
        }
    }

    fn check(&self) -> Result<()> {
        if let Some(name) = &self.name {
            validation::file_name("/name", name)?;
        }
        if let Some(content_type) = &self.content_type {
            validation::media_type("/content_type", content_type)?;
            self.rules.check_type(self.purpose, content_type)?;
        }
        if self.purpose == FilePurpose::Branding && self.user.is_some() {
            return Err(Error::new(
                ErrorCode::Forbidden,
                "Only the tenant's server can upload branding.",
            ));
        }
        Ok(())
    }
}

/// Uploads a file of at most `max_bytes` in one request. Its bytes are reserved before they are
/// received.
///
/// # Errors
/// 400 if a field is invalid, 413 `payload_too_large` or `storage_quota_exceeded`, 422
/// `content_type_mismatch` or `file_type_not_allowed`, 503 if the media store is unavailable.
/// Nothing remains after an error.
pub async fn create(
    tenant: &TenantStore,
    media: &Media,
    new: NewFile,
    content: impl Stream<Item = Result<Bytes>> + Send,
    max_bytes: u64,
) -> Result<Entity<File>> {
    let max_bytes = max_bytes.min(new.rules.max_bytes);
    let file = reserve(tenant, media, &new, max_bytes, |_, _| {}).await?;
    let written = media
        .storage
        .write(
            tenant.id(),
            file.id,
            ObjectName::Original,
            content,
            max_bytes,
        )
        .await;
    let completed = match written {
        Ok(written) => {
            media.counters.received_bytes.add(written.size);
            complete(tenant, &file, &written, &new).await
        }
        Err(error) => Err(error),
    };
    if completed.is_err() {
        discard(tenant, &file).await;
    }
    completed
}

/// Creates the document of a file that will be received, and reserves its bytes. The batch also
/// contains the writes of `add_writes`.
pub(super) async fn reserve(
    tenant: &TenantStore,
    media: &Media,
    new: &NewFile,
    bytes: u64,
    add_writes: impl Fn(&mut Batch<TenantData>, Id<File>),
) -> Result<Entity<File>> {
    new.check()?;
    let size = i64::try_from(bytes).unwrap_or(i64::MAX);
    for _ in 0..MAX_ATTEMPTS {
        let mut reservation = Reservation::read(tenant, media.quota).await?;
        let mut batch = tenant.batch();
        let expiry = batch
            .now()
            .plus_millis(limit::signed(limit::UPLOAD_SECONDS) * 1_000);
        let file = batch.insert(File {
            user_id: new.user,
            purpose: new.purpose,
            state: FileState::Uploading,
            kind: new.kind(),
            name: new.name.clone(),
            content_type: new
                .content_type
                .clone()
                .unwrap_or_else(|| content_type::UNKNOWN.to_owned()),
            size,
            sha256: None,
            is_stripped: None,
            public_path: public_path(tenant, new.purpose),
            holder_id: None,
            attached_by: None,
            announce: None,
            due_at: Some(expiry),
            attempts: 0,
        });
        add_writes(&mut batch, file.id);
        reservation.add(tenant, &mut batch, size);
        match tenant.commit(batch).await {
            Ok(()) => return Ok(file),
            Err(error) => {
                if let Some(error) = reservation.failure(error, size) {
                    return Err(error);
                }
            }
        }
    }
    Err(conflict())
}

/// Returns the tenant and a secret, for files that are public while in use.
fn public_path(tenant: &TenantStore, purpose: FilePurpose) -> Option<String> {
    matches!(purpose, FilePurpose::Avatar | FilePurpose::Branding).then(|| {
        format!(
            "{}/{}",
            tenant.id(),
            hex::encode(tenant.context().random::<16>())
        )
    })
}

/// Checks the number of uploads that a user has in progress.
///
/// # Errors
/// 422 `limit_reached`.
pub(super) async fn check_uploads(tenant: &TenantStore, user: Id<User>) -> Result<()> {
    let query = File::by_state
        .eq(File::user_id, user)
        .eq(File::state, FileState::Uploading)
        .limit(limit::USER_UPLOADS);
    if tenant.list(query).await?.items.len() < limit::USER_UPLOADS {
        return Ok(());
    }
    Err(Error::new(
        ErrorCode::LimitReached,
        format!(
            "Limit of uploads in progress reached ({}).",
            limit::USER_UPLOADS
        ),
    ))
}

/// Completes a file whose content is in the media store, and releases the bytes that it does not
/// need.
///
/// # Errors
/// 404 if it was removed meanwhile, 422 `content_type_mismatch` or `file_type_not_allowed`.
async fn complete(
    tenant: &TenantStore,
    file: &Entity<File>,
    written: &Written,
    new: &NewFile,
) -> Result<Entity<File>> {
    let changes = described(file, written, new.content_type.as_deref(), &new.rules)?;
    let size = i64::try_from(written.size).unwrap_or(i64::MAX);
    let is_processed = file.purpose != FilePurpose::Encrypted;
    let state = if is_processed {
        FileState::Processing
    } else {
        FileState::Ready
    };
    let mut batch = tenant.batch();
    let due = if is_processed {
        batch.now()
    } else {
        unused_at(&batch)
    };
    let changes = changes
        .set(File::state, state)
        .set(File::due_at, due)
        .set(File::attempts, 0);
    batch.update(file.id, Update::of(changes).expecting_version(file.version));
    batch.insert_as(metadata_id(file.id), MediaMetadata::new(state));
    adjust(tenant, &mut batch, size - file.size, 0);
    match tenant.commit(batch).await {
        Ok(()) => tenant.get(file.id).await?.ok_or_else(not_found),
        Err(CommitError::PreconditionFailed { .. }) => Err(not_found()),
        Err(error) => Err(error.into()),
    }
}

/// Returns the changes that describe the content of a file that was assembled.
///
/// # Errors
/// 422 `content_type_mismatch` if it is not of the type that the client stated, 422
/// `file_type_not_allowed` if the tenant does not accept its type.
pub(crate) fn describe(file: &File, written: &Written, rules: &FileRules) -> Result<Changes<File>> {
    let claimed =
        Some(file.content_type.as_str()).filter(|claimed| *claimed != content_type::UNKNOWN);
    described(file, written, claimed, rules)
}

fn described(
    file: &File,
    written: &Written,
    claimed: Option<&str>,
    rules: &FileRules,
) -> Result<Changes<File>> {
    let content_type =
        content_type::checked(file.purpose, &written.head, claimed, file.name.as_deref())?;
    rules.check_type(file.purpose, &content_type)?;
    let size = i64::try_from(written.size).unwrap_or(i64::MAX);
    Ok(Changes::new()
        .set(File::kind, FileKind::of(&content_type))
        .set(File::content_type, content_type)
        .set(File::size, size)
        .set(File::sha256, written.sha256.clone()))
}

/// Returns the time at which a file that nothing holds is removed.
pub(crate) fn unused_at(batch: &Batch<TenantData>) -> base::Timestamp {
    batch
        .now()
        .plus_millis(limit::signed(limit::FILE_UNUSED_SECONDS) * 1_000)
}

/// Schedules the removal of a file that could not be received. If it fails, the file is removed
/// when its upload expires.
async fn discard(tenant: &TenantStore, file: &Entity<File>) {
    let mut batch = tenant.batch();
    let changes = Changes::new()
        .set(File::state, FileState::Deleting)
        .set(File::due_at, batch.now());
    batch.update(file.id, Update::of(changes).expecting_version(file.version));
    if let Err(error) = tenant.commit(batch).await {
        tracing::debug!(
            error = &error as &dyn std::error::Error,
            "failed to schedule the removal of an incomplete file"
        );
    }
}

fn conflict() -> Error {
    Error::new(
        ErrorCode::Unavailable,
        "Too many concurrent uploads; retry.",
    )
}
