use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use base::{Error, ErrorCode, Id, Result, TenantId, limit};
use bytes::{Bytes, BytesMut};
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _};
use media::SNIFF_BYTES;
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt as _, PutPayload};
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;

use super::collections::File;
use super::presign::{Presign, PresignedDownload};

/// Unit of the budget of upload buffers, in bytes.
const BUFFER_UNIT: usize = 64 * 1024;

/// Content of files, in a folder or an S3 bucket. Objects are named
/// `{tenant}/{file}/{object}`. Cheap to clone.
#[derive(Clone)]
pub struct FileStorage {
    inner: Arc<Inner>,
}

struct Inner {
    objects: Arc<dyn ObjectStore>,
    /// The folder, if the objects are files. Interrupted writes leave files in it that the object
    /// store does not list.
    folder: Option<PathBuf>,
    /// Signs URLs with which clients download from the bucket; without it the content passes
    /// through this server.
    presign: Option<Arc<dyn Presign>>,
    /// Bytes that one upload buffers before it writes them.
    chunk: usize,
    /// Budget of the buffers of all uploads, in [`BUFFER_UNIT`].
    buffers: Semaphore,
}

impl fmt::Debug for FileStorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileStorage({})", self.inner.objects)
    }
}

/// Name of an object of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObjectName<'a> {
    /// The content as it was received.
    Original,
    /// The content without its metadata.
    Stripped,
    /// A derived image.
    Variant(&'a str),
    /// A part of an incomplete upload.
    Part(&'a str),
}

/// Content that was written.
#[derive(Clone, Debug)]
pub struct Written {
    /// Size in bytes.
    pub size: u64,
    /// SHA-256 in hex.
    pub sha256: String,
    /// The first [`SNIFF_BYTES`].
    pub head: Bytes,
}

impl FileStorage {
    /// Creates the storage over files in `folder`, which `objects` serves.
    #[must_use]
    pub fn folder(objects: Arc<dyn ObjectStore>, folder: PathBuf) -> Self {
        Self::new(objects, Some(folder), None, limit::FOLDER_CHUNK_BYTES)
    }

    /// Creates the storage over a bucket, whose multipart uploads require parts of 5 MiB. With
    /// `presign` clients download from the bucket itself.
    #[must_use]
    pub fn bucket(objects: Arc<dyn ObjectStore>, presign: Option<Arc<dyn Presign>>) -> Self {
        Self::new(objects, None, presign, limit::BUCKET_CHUNK_BYTES)
    }

    fn new(
        objects: Arc<dyn ObjectStore>,
        folder: Option<PathBuf>,
        presign: Option<Arc<dyn Presign>>,
        chunk: usize,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                objects,
                folder,
                presign,
                chunk,
                buffers: Semaphore::new(limit::UPLOAD_BUFFER_BYTES / BUFFER_UNIT),
            }),
        }
    }

    /// Writes an object from a stream and returns its size, hash and first bytes. The object
    /// exists completely and durably afterwards, or not at all.
    ///
    /// # Errors
    /// The errors of the stream, 413 `payload_too_large` above `max_bytes`, 503 if the media store
    /// is unavailable.
    pub async fn write(
        &self,
        tenant: TenantId,
        file: Id<File>,
        object: ObjectName<'_>,
        content: impl Stream<Item = Result<Bytes>> + Send,
        max_bytes: u64,
    ) -> Result<Written> {
        let units = u32::try_from(self.inner.chunk / BUFFER_UNIT).unwrap_or(u32::MAX);
        // The semaphore is never closed.
        let _buffer = self.inner.buffers.acquire_many(units).await.ok();
        let path = path(tenant, file, &object);
        let mut writer = ObjectWriter::new(self, path);
        let written = writer.write_all(content, max_bytes).await;
        match written {
            Ok(()) => writer.finish().await,
            Err(error) => {
                writer.abort().await;
                Err(error)
            }
        }
    }

    /// Returns a range of an object as a stream.
    ///
    /// # Errors
    /// 404 `file_not_found` if it does not exist, 503 if the media store is unavailable.
    pub async fn read(
        &self,
        tenant: TenantId,
        file: Id<File>,
        object: ObjectName<'_>,
        range: Range<u64>,
    ) -> Result<BoxStream<'static, Result<Bytes>>> {
        let options = GetOptions::new().with_range(Some(GetRange::Bounded(range)));
        let path = path(tenant, file, &object);
        let found = self.inner.objects.get_opts(&path, options).await;
        Ok(found
            .map_err(unavailable)?
            .into_stream()
            .map_err(unavailable)
            .boxed())
    }

    /// Returns a URL with which a client downloads an object without credentials until
    /// `expires_in` has passed; `None` if the content passes through this server.
    ///
    /// # Errors
    /// 503 if it cannot be signed.
    pub async fn presign(
        &self,
        tenant: TenantId,
        file: Id<File>,
        object: ObjectName<'_>,
        (content_type, disposition): (String, String),
    ) -> Result<Option<String>> {
        let Some(presign) = &self.inner.presign else {
            return Ok(None);
        };
        let download = PresignedDownload {
            object: path(tenant, file, &object),
            expires_in: Duration::from_secs(limit::PRESIGNED_SECONDS as u64),
            content_type,
            disposition,
        };
        presign.presign(download).await.map(Some)
    }

    /// Returns a range of an object.
    ///
    /// # Errors
    /// Those of [`read`](Self::read).
    pub async fn read_range(
        &self,
        tenant: TenantId,
        file: Id<File>,
        object: ObjectName<'_>,
        range: Range<u64>,
    ) -> Result<Bytes> {
        let path = path(tenant, file, &object);
        let bytes = self.inner.objects.get_range(&path, range).await;
        bytes.map_err(unavailable)
    }

    /// Writes a small object.
    ///
    /// # Errors
    /// 503 if the media store is unavailable.
    pub async fn put(
        &self,
        tenant: TenantId,
        file: Id<File>,
        object: ObjectName<'_>,
        bytes: Bytes,
    ) -> Result<()> {
        let path = path(tenant, file, &object);
        let written = self.inner.objects.put(&path, PutPayload::from(bytes)).await;
        written.map(drop).map_err(unavailable)
    }

    /// Removes one object. Idempotent.
    ///
    /// # Errors
    /// 503 if the media store is unavailable.
    pub async fn remove_object(
        &self,
        tenant: TenantId,
        file: Id<File>,
        object: ObjectName<'_>,
    ) -> Result<()> {
        match self
            .inner
            .objects
            .delete(&path(tenant, file, &object))
            .await
        {
            Err(object_store::Error::NotFound { .. }) | Ok(()) => Ok(()),
            Err(error) => Err(unavailable(error)),
        }
    }

    /// Removes all objects of a file, and what interrupted writes left. Idempotent.
    ///
    /// # Errors
    /// 503 if the media store is unavailable; some objects may remain.
    pub async fn remove(&self, tenant: TenantId, file: Id<File>) -> Result<()> {
        self.remove_below(&format!("{tenant}/{file}")).await
    }

    /// Removes the parts of a completed upload. Idempotent.
    ///
    /// # Errors
    /// 503 if the media store is unavailable; some parts may remain.
    pub async fn remove_parts(&self, tenant: TenantId, file: Id<File>) -> Result<()> {
        self.remove_below(&format!("{tenant}/{file}/parts")).await
    }

    async fn remove_below(&self, prefix: &str) -> Result<()> {
        if let Some(folder) = &self.inner.folder {
            return match tokio::fs::remove_dir_all(folder.join(prefix)).await {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    Err(storage_error().caused_by(error))
                }
                _ => Ok(()),
            };
        }
        let prefix = Path::from(prefix);
        let objects = self.inner.objects.list(Some(&prefix));
        objects
            .map_err(unavailable)
            .try_for_each_concurrent(4, async |object| {
                match self.inner.objects.delete(&object.location).await {
                    Err(object_store::Error::NotFound { .. }) | Ok(()) => Ok(()),
                    Err(error) => Err(unavailable(error)),
                }
            })
            .await
    }
}

fn path(tenant: TenantId, file: Id<File>, object: &ObjectName<'_>) -> Path {
    Path::from(match object {
        ObjectName::Original => format!("{tenant}/{file}/original"),
        ObjectName::Stripped => format!("{tenant}/{file}/stripped"),
        ObjectName::Variant(name) => format!("{tenant}/{file}/{name}"),
        ObjectName::Part(name) => format!("{tenant}/{file}/parts/{name}"),
    })
}

fn storage_error() -> Error {
    Error::new(
        ErrorCode::Unavailable,
        "The media store is unavailable; retry.",
    )
}

fn unavailable(error: object_store::Error) -> Error {
    match error {
        object_store::Error::NotFound { .. } => super::not_found().caused_by(error),
        error => storage_error().caused_by(error),
    }
}

/// Writes one object in chunks.
struct ObjectWriter<'a> {
    storage: &'a FileStorage,
    path: Path,
    upload: Option<Box<dyn object_store::MultipartUpload>>,
    buffer: BytesMut,
    size: u64,
    hash: Sha256,
    head: BytesMut,
}

impl<'a> ObjectWriter<'a> {
    fn new(storage: &'a FileStorage, path: Path) -> Self {
        Self {
            storage,
            path,
            upload: None,
            buffer: BytesMut::new(),
            size: 0,
            hash: Sha256::new(),
            head: BytesMut::new(),
        }
    }

    async fn write_all(
        &mut self,
        content: impl Stream<Item = Result<Bytes>> + Send,
        max_bytes: u64,
    ) -> Result<()> {
        let mut content = std::pin::pin!(content);
        while let Some(bytes) = content.next().await {
            let bytes = bytes?;
            self.size += bytes.len() as u64;
            if self.size > max_bytes {
                return Err(super::too_large(max_bytes));
            }
            self.hash.update(&bytes);
            let missing = SNIFF_BYTES.saturating_sub(self.head.len());
            self.head
                .extend_from_slice(&bytes[..missing.min(bytes.len())]);
            self.buffer.extend_from_slice(&bytes);
            while self.buffer.len() >= self.storage.inner.chunk {
                let chunk = self.buffer.split_to(self.storage.inner.chunk);
                self.put_part(chunk.freeze()).await?;
            }
        }
        Ok(())
    }

    async fn put_part(&mut self, bytes: Bytes) -> Result<()> {
        let upload = match &mut self.upload {
            Some(upload) => upload,
            none => {
                let begun = self.storage.inner.objects.put_multipart(&self.path).await;
                none.insert(begun.map_err(unavailable)?)
            }
        };
        let put = upload.put_part(PutPayload::from(bytes)).await;
        put.map_err(unavailable)
    }

    async fn finish(mut self) -> Result<Written> {
        let rest = self.buffer.split().freeze();
        if self.upload.is_some() && !rest.is_empty() {
            self.put_part(rest.clone()).await?;
        }
        let written = if let Some(upload) = &mut self.upload {
            upload.complete().await
        } else {
            // Smaller than one chunk.
            let payload = PutPayload::from(rest);
            self.storage.inner.objects.put(&self.path, payload).await
        };
        written.map_err(unavailable)?;
        Ok(Written {
            size: self.size,
            sha256: hex::encode(self.hash.finalize()),
            head: self.head.freeze(),
        })
    }

    async fn abort(mut self) {
        if let Some(upload) = &mut self.upload
            && let Err(error) = upload.abort().await
        {
            tracing::debug!(
                error = &error as &dyn std::error::Error,
                "failed to abort a write to the media store"
            );
        }
    }
}
