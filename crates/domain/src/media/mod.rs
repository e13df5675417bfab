//! Files: their documents, content and storage quota.

mod avatar;
mod collections;
mod content_type;
mod create;
mod delete;
mod links;
mod list;
mod presign;
mod rules;
mod storage;
mod upload;
mod usage;

pub use ::media::is_inline;
pub use avatar::{avatar_thumbnail, is_avatar_path};
pub(crate) use avatar::{claim_avatar, release_avatar};
pub use collections::{
    File, FileKind, FilePurpose, FileState, FileUpload, MediaMetadata, Part, StorageUsage, Variant,
};
pub(crate) use collections::{metadata_id, upload_id};
pub use create::{NewFile, create};
pub(crate) use create::{describe, unused_at};
pub(crate) use delete::{remove, schedule_removal};
pub use links::FileLink;
pub use list::{FileDetails, FileFilter, details, find_public, get, list};
pub use presign::{Presign, PresignedDownload};
pub use rules::FileRules;
pub use storage::{FileStorage, ObjectName, Written};
pub(crate) use upload::assemble;
pub use upload::{Checksum, Upload, abort_upload, append_upload, begin_upload, get_upload};
pub(crate) use usage::adjust;
pub use usage::{StorageQuota, usage};

use std::io;
use std::path::Path;
use std::sync::Arc;

use ::media::WorkerPool;
pub use ::media::clamd::Address as ScannerAddress;
use base::{Error, ErrorCode};
use object_store::local::LocalFileSystem;
use store::{Collection, Counter, Declaration};

/// Collections of the module.
pub(crate) const COLLECTIONS: &[&Declaration] = &[
    File::DECLARATION,
    MediaMetadata::DECLARATION,
    FileUpload::DECLARATION,
    StorageUsage::DECLARATION,
];

/// Storage of files and the quota that applies to each tenant. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Media {
    /// Content of the files.
    pub storage: FileStorage,
    /// Storage that the files of one tenant may use.
    pub quota: StorageQuota,
    /// Processes that decode content; without them files have no metadata and no variants.
    pub workers: Option<WorkerPool>,
    /// Address of the virus scanner; with one, files are served only once they are scanned.
    pub scanner: Option<ScannerAddress>,
    /// Counts of what was uploaded, served and processed.
    pub counters: Arc<MediaCounters>,
}

/// Counts of a process since its start.
#[derive(Debug, Default)]
pub struct MediaCounters {
    /// Bytes of files received.
    pub received_bytes: Counter,
    /// Bytes of files sent.
    pub sent_bytes: Counter,
    /// Files processed, ready to be read.
    pub ready: Counter,
    /// Files that could not be stored or scanned.
    pub failed: Counter,
    /// Files blocked by the virus scanner.
    pub blocked: Counter,
}

impl Media {
    /// Opens the storage in a folder, which is created if it does not exist.
    ///
    /// # Errors
    /// Fails if the folder cannot be created or opened.
    pub fn open_folder(folder: &Path, quota: StorageQuota) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let objects = LocalFileSystem::new_with_prefix(folder)
            .map_err(io::Error::other)?
            .with_fsync(true);
        Ok(Self {
            storage: FileStorage::folder(Arc::new(objects), folder.to_owned()),
            quota,
            workers: None,
            scanner: None,
            counters: Arc::default(),
        })
    }
}

/// Returns the error for a file that does not exist or that the actor may not know of.
pub(crate) fn not_found() -> Error {
    Error::new(ErrorCode::FileNotFound, "There is no such file.")
}

fn too_large(max_bytes: u64) -> Error {
    Error::new(
        ErrorCode::PayloadTooLarge,
        format!("The file exceeds {max_bytes} bytes."),
    )
}
