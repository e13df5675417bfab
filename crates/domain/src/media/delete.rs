use base::Result;
use store::{Changes, CommitError, Entity, TenantStore, Update};

use super::Media;
use super::collections::{File, FileState, MediaMetadata, metadata_id, upload_id};
use super::usage::adjust;
use crate::holds::NoHold;

/// Starts the removal of a file as it was read.
pub(crate) async fn schedule_removal(
    tenant: &TenantStore,
    file: &Entity<File>,
    no_hold: &NoHold,
) -> Result<(), CommitError> {
    let mut batch = tenant.batch();
    no_hold.assert_unchanged(&mut batch);
    // Fails if a message has attached the file since it was read.
    batch.update(
        file.id,
        Update::of(Changes::new())
            .quietly()
            .expecting(File::attached_by, file.attached_by),
    );
    let changes = Changes::new()
        .set(File::state, FileState::Deleting)
        .set(File::announce, true)
        .clear(File::public_path)
        .set(File::due_at, batch.now())
        .set(File::attempts, 0);
    batch.update(file.id, Update::of(changes).expecting_version(file.version));
    let gone = Changes::new().set(MediaMetadata::state, FileState::Deleting);
    if file.state != FileState::Uploading {
        batch.update(metadata_id(file.id), Update::of(gone));
    }
    tenant.commit(batch).await
}

/// Removes the content of a file and then its documents, and releases its storage. Idempotent.
///
/// # Errors
/// 503 if the store or the media store is unavailable.
pub(crate) async fn remove(tenant: &TenantStore, media: &Media, file: &Entity<File>) -> Result<()> {
    media.storage.remove(tenant.id(), file.id).await?;
    let mut batch = tenant.batch();
    batch.remove(file.id, true);
    batch.remove(metadata_id(file.id), false);
    batch.remove(upload_id(file.id), false);
    adjust(tenant, &mut batch, -file.size, -1);
    match tenant.commit(batch).await {
        // Removed by another server.
        Err(CommitError::PreconditionFailed { .. }) => Ok(()),
        committed => Ok(committed?),
    }
}
