//! Resumable uploads. Their bytes are stored in parts, each with its own commit, so that any server
//! continues where the last one was interrupted.

use base::{Error, ErrorCode, Id, Result, limit};
use bytes::Bytes;
use futures_util::stream::Peekable;
use futures_util::{Stream, StreamExt as _, stream};
use sha1::{Digest as _, Sha1};
use sha2::Sha256;
use std::pin::Pin;
use store::{Changes, CommitError, Entity, Json, TenantStore, Update};

use super::collections::{
    File, FileState, FileUpload, MediaMetadata, Part, metadata_id, upload_id,
};
use super::create::{NewFile, check_uploads, reserve};
use super::storage::{ObjectName, Written};
use super::{Media, too_large};
use crate::actor::Actor;

/// A resumable upload with its file.
#[derive(Clone, Debug)]
pub struct Upload {
    /// The file.
    pub file: Entity<File>,
    /// The upload; absent once the file is assembled.
    pub upload: Option<Entity<FileUpload>>,
}

impl Upload {
    /// Returns the number of bytes received.
    #[must_use]
    pub fn offset(&self) -> u64 {
        let received = self
            .upload
            .as_ref()
            .map_or(self.file.size, |upload| upload.received);
        u64::try_from(received).unwrap_or(0)
    }

    /// Returns the total number of bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        u64::try_from(self.file.size).unwrap_or(0)
    }
}

/// Hash that a client computed over the bytes of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Checksum {
    /// SHA-1.
    Sha1(Vec<u8>),
    /// SHA-256.
    Sha256(Vec<u8>),
}

/// Starts a resumable upload of `length` bytes and reserves them.
///
/// # Errors
/// 400 if a field is invalid, 413 `payload_too_large` or `storage_quota_exceeded`, 422
/// `file_type_not_allowed`, 422 `limit_reached` if the user has too many uploads in progress.
pub async fn begin_upload(
    tenant: &TenantStore,
    media: &Media,
    new: NewFile,
    length: u64,
    metadata: Option<String>,
) -> Result<Upload> {
    let max_bytes = new.rules.max_bytes.min(limit::UPLOAD_BYTES as u64);
    if length > max_bytes {
        return Err(too_large(max_bytes));
    }
    if let Some(user) = new.user {
        check_uploads(tenant, user).await?;
    }
    let document = |expires_at| FileUpload {
        received: 0,
        parts: Json(Vec::new()),
        metadata: metadata.clone(),
        expires_at,
    };
    let file = reserve(tenant, media, &new, length, |batch, file| {
        let expires_at = batch
            .now()
            .plus_millis(limit::signed(limit::UPLOAD_SECONDS) * 1_000);
        batch.insert_as(upload_id(file), document(expires_at));
    })
    .await?;
    find_upload(tenant, file).await
}

/// Returns an upload of the actor.
///
/// # Errors
/// 404 `upload_not_found`.
pub async fn get_upload(tenant: &TenantStore, actor: Actor, id: Id<File>) -> Result<Upload> {
    let file = tenant.get(id).await?;
    let file = file
        .filter(|file| file.state != FileState::Deleting && file.belongs_to(actor))
        .ok_or_else(upload_not_found)?;
    find_upload(tenant, file).await
}

async fn find_upload(tenant: &TenantStore, file: Entity<File>) -> Result<Upload> {
    let upload = tenant.get(upload_id(file.id)).await?;
    if upload.is_none() && file.state == FileState::Uploading {
        return Err(upload_not_found());
    }
    Ok(Upload { file, upload })
}

fn upload_not_found() -> Error {
    Error::new(ErrorCode::UploadNotFound, "There is no such upload.")
}

type Chunks<'a> = Pin<Box<dyn Stream<Item = Result<Bytes>> + Send + 'a>>;

/// Appends bytes to an upload at `offset` and returns it afterwards. Bytes that arrived before an
/// error of `content` are kept, unless a checksum covers them.
///
/// # Errors
/// 409 `upload_offset_mismatch` if `offset` differs from the bytes received, also if another
/// request appends at the same time; 413 beyond the length; 460 `checksum_mismatch`; the errors of
/// `content`; 503 if the media store is unavailable.
pub async fn append_upload(
    tenant: &TenantStore,
    media: &Media,
    upload: Upload,
    offset: u64,
    content: impl Stream<Item = Result<Bytes>> + Send,
    checksum: Option<Checksum>,
) -> Result<Upload> {
    let id = upload.file.id;
    let (Some(document), true) = (upload.upload.clone(), upload.offset() == offset) else {
        return Err(offset_mismatch(upload.offset()));
    };
    let content: Chunks<'_> = Box::pin(content);
    let mut writer = PartWriter {
        tenant,
        media,
        upload,
        document,
        content: content.peekable(),
        rest: None,
        error: None,
        hash: checksum.as_ref().map(Hash::new),
    };
    let written = writer.write(checksum.as_ref()).await;
    let PartWriter { error, .. } = writer;
    written?;
    if let Some(error) = error {
        return Err(error);
    }
    let file = tenant.get(id).await?.ok_or_else(upload_not_found)?;
    find_upload(tenant, file).await
}

fn offset_mismatch(offset: u64) -> Error {
    let detail = format!("The upload has received {offset} bytes; continue there.");
    Error::new(ErrorCode::UploadOffsetMismatch, detail)
}

/// Hash of the bytes of one request.
enum Hash {
    Sha1(Sha1),
    Sha256(Sha256),
}

impl Hash {
    fn new(checksum: &Checksum) -> Self {
        match checksum {
            Checksum::Sha1(_) => Self::Sha1(Sha1::new()),
            Checksum::Sha256(_) => Self::Sha256(Sha256::new()),
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha1(hash) => hash.update(bytes),
            Self::Sha256(hash) => hash.update(bytes),
        }
    }

    fn matches(self, checksum: &Checksum) -> bool {
        match (self, checksum) {
            (Self::Sha1(hash), Checksum::Sha1(expected)) => hash.finalize()[..] == expected[..],
            (Self::Sha256(hash), Checksum::Sha256(expected)) => hash.finalize()[..] == expected[..],
            _ => false,
        }
    }
}

/// Writes the bytes of one request in parts.
struct PartWriter<'a> {
    tenant: &'a TenantStore,
    media: &'a Media,
    upload: Upload,
    document: Entity<FileUpload>,
    content: Peekable<Chunks<'a>>,
    /// Bytes of the last chunk that belong to the next part.
    rest: Option<Bytes>,
    /// Error with which the content ended.
    error: Option<Error>,
    hash: Option<Hash>,
}

impl PartWriter<'_> {
    async fn write(&mut self, checksum: Option<&Checksum>) -> Result<()> {
        let mut parts = Vec::new();
        while self.error.is_none() && self.has_more().await {
            let part = self.write_part(&parts).await?;
            parts.extend(part);
            if checksum.is_none() {
                self.commit(&parts).await?;
                parts.clear();
            }
        }
        if let (Some(checksum), Some(hash)) = (checksum, self.hash.take()) {
            if self.error.is_some() || !hash.matches(checksum) {
                let mismatch = || {
                    let detail = "The bytes do not have the checksum; send them again.";
                    Error::new(ErrorCode::ChecksumMismatch, detail)
                };
                self.error = self.error.take().or_else(|| Some(mismatch()));
                return Ok(());
            }
            self.commit(&parts).await?;
        } else if self.upload.length() == 0 {
            self.commit(&[]).await?;
        }
        Ok(())
    }

    async fn has_more(&mut self) -> bool {
        self.rest.is_some() || Pin::new(&mut self.content).peek().await.is_some()
    }

    /// Writes up to [`limit::UPLOAD_PART_BYTES`]; `None` if there were no bytes.
    async fn write_part(&mut self, pending: &[Part]) -> Result<Option<Part>> {
        let storage = self.media.storage.clone();
        let tenant = self.tenant.id();
        let file = self.upload.file.id;
        let received = self.document.received + pending.iter().map(|part| part.size).sum::<i64>();
        let random = hex::encode(self.tenant.context().random::<6>());
        let name = format!("{received:020}-{random}");
        let left = self.upload.file.size - received;
        let left = u64::try_from(left).unwrap_or(0);
        let object = ObjectName::Part(&name);
        let max = left.max(1);
        let bytes = stream::unfold((self, 0), async |(writer, taken)| {
            let chunk = writer.next_chunk(taken).await?;
            let taken = taken + chunk.len();
            Some((Ok(chunk), (writer, taken)))
        });
        let Written { size, .. } = storage.write(tenant, file, object, bytes, max).await?;
        if size > left {
            return Err(too_large(left));
        }
        let size = i64::try_from(size).unwrap_or(i64::MAX);
        Ok((size > 0).then_some(Part { name, size }))
    }

    /// Returns the next bytes of a part that has `taken` bytes; `None` if it is full or the content
    /// has ended.
    async fn next_chunk(&mut self, taken: usize) -> Option<Bytes> {
        let room = limit::UPLOAD_PART_BYTES
            .checked_sub(taken)
            .filter(|room| *room > 0)?;
        let mut chunk = match self.rest.take() {
            Some(rest) => rest,
            None => match self.content.next().await? {
                Ok(chunk) => {
                    if let Some(hash) = &mut self.hash {
                        hash.update(&chunk);
                    }
                    chunk
                }
                Err(error) => {
                    self.error = Some(error);
                    return None;
                }
            },
        };
        if chunk.len() > room {
            self.rest = Some(chunk.split_off(room));
        }
        Some(chunk)
    }

    /// Stores that parts were received. The last one completes the file, which a job assembles.
    async fn commit(&mut self, parts: &[Part]) -> Result<()> {
        let mut stored = self.document.parts.0.clone();
        stored.extend_from_slice(parts);
        let added = parts.iter().map(|part| part.size).sum::<i64>();
        let received = self.document.received + added;
        let mut batch = self.tenant.batch();
        let changes = Changes::new()
            .set(FileUpload::received, received)
            .set(FileUpload::parts, Json(stored.clone()));
        batch.update(
            self.document.id,
            Update::of(changes).expecting_version(self.document.version),
        );
        if received == self.upload.file.size {
            let changes = Changes::new()
                .set(File::state, FileState::Processing)
                .set(File::due_at, batch.now())
                .set(File::attempts, 0);
            batch.update(
                self.upload.file.id,
                Update::of(changes).expecting(File::state, Some(FileState::Uploading)),
            );
            let id = metadata_id(self.upload.file.id);
            batch.insert_as(id, MediaMetadata::new(FileState::Processing));
        }
        match self.tenant.commit(batch).await {
            Ok(()) => {
                let counters = &self.media.counters;
                counters
                    .received_bytes
                    .add(u64::try_from(added).unwrap_or(0));
                self.document.version += 1;
                self.document.doc.received = received;
                self.document.doc.parts = Json(stored);
                Ok(())
            }
            Err(CommitError::PreconditionFailed { .. } | CommitError::Conflict { .. }) => {
                let current = self.tenant.get(self.document.id).await?;
                let received = current.map_or(0, |current| current.received);
                Err(offset_mismatch(u64::try_from(received).unwrap_or(0)))
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Assembles the content of a completed upload from its parts and returns it; `None` if it was
/// assembled before.
///
/// # Errors
/// 503 if the store or the media store is unavailable.
pub(crate) async fn assemble(
    tenant: &TenantStore,
    media: &Media,
    file: &Entity<File>,
) -> Result<Option<Written>> {
    let Some(upload) = tenant.get(upload_id(file.id)).await? else {
        return Ok(None);
    };
    let storage = media.storage.clone();
    let tenant_id = tenant.id();
    let file_id = file.id;
    let parts = stream::iter(upload.doc.parts.0).then(move |part| {
        let storage = storage.clone();
        async move {
            let size = u64::try_from(part.size).unwrap_or(0);
            let object = ObjectName::Part(&part.name);
            storage.read(tenant_id, file_id, object, 0..size).await
        }
    });
    let bytes = parts.flat_map(|part| match part {
        Ok(bytes) => bytes,
        Err(error) => stream::once(async { Err(error) }).boxed(),
    });
    let length = u64::try_from(file.size).unwrap_or(0);
    let written = media
        .storage
        .write(tenant_id, file_id, ObjectName::Original, bytes, length)
        .await?;
    Ok(Some(written))
}

/// Aborts an upload.
///
/// # Errors
/// 404 `upload_not_found`, also if it is complete.
pub async fn abort_upload(tenant: &TenantStore, upload: &Upload) -> Result<()> {
    if upload.file.state != FileState::Uploading {
        return Err(upload_not_found());
    }
    let mut batch = tenant.batch();
    let changes = Changes::new()
        .set(File::state, FileState::Deleting)
        .set(File::due_at, batch.now());
    batch.update(
        upload.file.id,
        Update::of(changes).expecting_version(upload.file.version),
    );
    match tenant.commit(batch).await {
        Err(CommitError::PreconditionFailed { .. }) => Err(upload_not_found()),
        committed => Ok(committed?),
    }
}
