use std::io;

use async_trait::async_trait;
use base::{Error, Id, Result, TenantId};
use bytes::Bytes;
use media::{ProcessOptions, Processed, Source, WorkerPool};
use store::{Changes, Entity, Json, TenantStore};

use crate::media::{File, FilePurpose, FileStorage, MediaMetadata, ObjectName, Variant};

/// Attempts to process a file that fail for reasons outside the file.
pub(super) const MAX_ATTEMPTS: i64 = 5;

/// What processing found out about a file.
#[derive(Debug)]
pub(super) struct Outcome {
    processed: Processed,
    /// Why there is nothing to know.
    error: Option<String>,
}

/// The original of a file, as workers and the virus scanner read it.
pub(super) struct Original {
    storage: FileStorage,
    tenant: TenantId,
    file: Id<File>,
    size: u64,
}

impl Original {
    pub(super) fn new(tenant: TenantId, storage: FileStorage, file: &Entity<File>) -> Self {
        Self {
            storage,
            tenant,
            file: file.id,
            size: u64::try_from(file.size).unwrap_or(0),
        }
    }
}

#[async_trait]
impl Source for Original {
    fn size(&self) -> u64 {
        self.size
    }

    async fn read(&self, offset: u64, length: usize) -> io::Result<Bytes> {
        let end = offset.saturating_add(length as u64).min(self.size);
        if offset >= end {
            return Ok(Bytes::new());
        }
        let object = ObjectName::Original;
        let read = self
            .storage
            .read_range(self.tenant, self.file, object, offset..end);
        read.await.map_err(io::Error::other)
    }
}

/// Decodes a file in a worker process.
///
/// # Errors
/// When no worker can be started or the media store is unavailable, unless `is_last_attempt`.
pub(super) async fn process(
    tenant: TenantId,
    storage: FileStorage,
    workers: Option<WorkerPool>,
    file: Entity<File>,
    is_last_attempt: bool,
) -> Result<Outcome> {
    let nothing = |error: Option<String>| Outcome {
        processed: Processed::default(),
        error,
    };
    let Some(workers) = workers.filter(|_| file.purpose != FilePurpose::Encrypted) else {
        return Ok(nothing(None));
    };
    let source = Original::new(tenant, storage, &file);
    let options = ProcessOptions::default();
    match workers.process(&file.content_type, &source, options).await {
        Ok(processed) => Ok(Outcome {
            processed,
            error: None,
        }),
        Err(media::ProcessError::Unsupported) => Ok(nothing(None)),
        Err(error) if error.is_transient() && !is_last_attempt => Err(Error::internal(error)),
        Err(error) => Ok(nothing(Some(error.to_string()))),
    }
}

impl Outcome {
    /// Writes variants and the content without metadata to the media store.
    ///
    /// # Errors
    /// 503 if the media store is unavailable.
    pub(super) async fn write(
        &self,
        tenant: &TenantStore,
        storage: &FileStorage,
        file: Id<File>,
    ) -> Result<()> {
        for variant in &self.processed.variants {
            let object = ObjectName::Variant(variant.name);
            let bytes = variant.bytes.clone();
            storage.put(tenant.id(), file, object, bytes).await?;
        }
        if let Some(stripped) = &self.processed.stripped {
            let object = ObjectName::Stripped;
            storage
                .put(tenant.id(), file, object, stripped.clone())
                .await?;
        }
        Ok(())
    }

    /// Returns the size of the content without metadata, if there is one.
    pub(super) fn stripped_size(&self) -> Option<i64> {
        let stripped = self.processed.stripped.as_ref()?;
        i64::try_from(stripped.len()).ok()
    }

    /// Returns the changes of the stored metadata.
    pub(super) fn changes(&self) -> Changes<MediaMetadata> {
        let processed = &self.processed;
        let variants: Vec<_> = processed.variants.iter().map(variant).collect();
        // The wire format has loudness from 0 to 100.
        let percent = |bars: &Vec<u8>| {
            let scaled = bars.iter().map(|bar| u16::from(*bar) * 100 / 255);
            scaled.filter_map(|bar| u8::try_from(bar).ok()).collect()
        };
        Changes::new()
            .put(MediaMetadata::error, self.error.clone())
            .put(MediaMetadata::width, processed.width.map(i64::from))
            .put(MediaMetadata::height, processed.height.map(i64::from))
            .put(
                MediaMetadata::duration_ms,
                processed
                    .duration_ms
                    .and_then(|millis| i64::try_from(millis).ok()),
            )
            .put(MediaMetadata::pages, processed.pages.map(i64::from))
            .put(MediaMetadata::blurhash, processed.blurhash.clone())
            .put(
                MediaMetadata::waveform,
                processed.waveform.as_ref().map(percent).map(Json),
            )
            .put(
                MediaMetadata::variants,
                (!variants.is_empty()).then_some(Json(variants)),
            )
    }
}

fn variant(variant: &media::Variant) -> Variant {
    Variant {
        name: variant.name.to_owned(),
        content_type: variant.content_type.to_owned(),
        width: i64::from(variant.width),
        height: i64::from(variant.height),
        size: i64::try_from(variant.bytes.len()).unwrap_or(i64::MAX),
    }
}
