use std::collections::HashMap;

use base::{Direction, Id, PageSize, Result};
use store::{Entity, Page, Position, TenantStore};

use super::collections::{
    File, FileKind, FilePurpose, FileState, MediaMetadata, Variant, metadata_id,
};
use super::not_found;
use crate::identity::User;

/// What is known about the content of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileDetails {
    /// State of the file.
    pub state: FileState,
    /// Why it has no variants.
    pub error: Option<String>,
    /// Width in pixels, as displayed.
    pub width: Option<i64>,
    /// Height in pixels, as displayed.
    pub height: Option<i64>,
    /// Duration in milliseconds.
    pub duration_ms: Option<i64>,
    /// Number of pages.
    pub pages: Option<i64>,
    /// Placeholder of an image, as a blurhash.
    pub blurhash: Option<String>,
    /// 64 loudness values from 0 to 100.
    pub waveform: Option<Vec<u8>>,
    /// Derived images.
    pub variants: Vec<Variant>,
}

impl FileDetails {
    /// Creates the details of a file that is not processed yet.
    #[must_use]
    pub const fn of_state(state: FileState) -> Self {
        Self {
            state,
            error: None,
            width: None,
            height: None,
            duration_ms: None,
            pages: None,
            blurhash: None,
            waveform: None,
            variants: Vec::new(),
        }
    }
}

impl From<MediaMetadata> for FileDetails {
    fn from(metadata: MediaMetadata) -> Self {
        Self {
            state: metadata.state,
            error: metadata.error,
            width: metadata.width,
            height: metadata.height,
            duration_ms: metadata.duration_ms,
            pages: metadata.pages,
            blurhash: metadata.blurhash,
            waveform: metadata.waveform.map(|waveform| waveform.0),
            variants: metadata
                .variants
                .map(|variants| variants.0)
                .unwrap_or_default(),
        }
    }
}

/// Filter of a list of files.
#[derive(Clone, Copy, Debug, Default)]
pub struct FileFilter {
    /// The user who uploaded them.
    pub user: Option<Id<User>>,
    /// Kind of content.
    pub kind: Option<FileKind>,
}

/// Returns a file, unless it is being removed.
///
/// # Errors
/// 404 `file_not_found`.
pub async fn get(tenant: &TenantStore, id: Id<File>) -> Result<Entity<File>> {
    let found = tenant.get(id).await?;
    found
        .filter(|file| file.state != FileState::Deleting)
        .ok_or_else(not_found)
}

/// Returns the file whose public path has this secret, if it is in use.
///
/// # Errors
/// Fails if the store is unavailable.
pub async fn find_public(tenant: &TenantStore, token: &str) -> Result<Option<Entity<File>>> {
    let query = File::by_public_path.eq(File::public_path, format!("{}/{token}", tenant.id()));
    let found = tenant.find(query).await?;
    Ok(found.filter(|file| file.holder_id.is_some() || file.purpose == FilePurpose::Branding))
}

/// Returns a page of files by creation time, including those that are being received.
///
/// # Errors
/// Fails if the store is unavailable.
pub async fn list(
    tenant: &TenantStore,
    filter: FileFilter,
    size: PageSize,
    direction: Direction,
    after: Option<Position>,
) -> Result<Page<File>> {
    let query = match (filter.user, filter.kind) {
        (None, None) => File::by_created.all(),
        (Some(user), None) => File::by_user.eq(File::user_id, user),
        (None, Some(kind)) => File::by_kind.eq(File::kind, kind),
        (Some(user), Some(kind)) => File::by_user_and_kind
            .eq(File::user_id, user)
            .eq(File::kind, kind),
    };
    Ok(tenant
        .list(query.limit(size.get()).towards(direction).after(after))
        .await?)
}

/// Returns what is known about the content of files, with one statement. Files that do not exist
/// are absent.
///
/// # Errors
/// Fails if the store is unavailable.
pub async fn details(
    tenant: &TenantStore,
    files: impl IntoIterator<Item = Id<File>>,
) -> Result<HashMap<Id<File>, FileDetails>> {
    let ids: Vec<Id<MediaMetadata>> = files.into_iter().map(metadata_id).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let found = tenant.get_many(&ids).await?;
    Ok(found
        .into_iter()
        .map(|metadata| (Id::new(metadata.id.object_id()), metadata.doc.into()))
        .collect())
}
