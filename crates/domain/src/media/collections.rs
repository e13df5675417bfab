use base::{Id, ObjectId, Timestamp};
use serde::{Deserialize, Serialize};
use store::{Column, Json, collection, string_enum};

use crate::actor::Actor;
use crate::identity::User;
use crate::leases::Work;

string_enum! {
    /// What a file is uploaded for.
    pub enum FilePurpose {
        /// Attached to messages.
        Attachment = "attachment",
        /// Picture of a user or a conversation.
        Avatar = "avatar",
        /// Part of a tenant's appearance, public while in use.
        Branding = "branding",
        /// Encrypted by the client: neither examined nor processed.
        Encrypted = "encrypted",
    }
}

string_enum! {
    /// State of a file.
    pub enum FileState {
        /// Its content is being received.
        Uploading = "uploading",
        /// Received completely; scanned and processed next.
        Processing = "processing",
        /// Can be read.
        Ready = "ready",
        /// Its content could not be stored.
        Failed = "failed",
        /// Rejected by the virus scanner.
        Blocked = "blocked",
        /// Its content and document are being removed.
        Deleting = "deleting",
    }
}

string_enum! {
    /// Kind of content, from the media type.
    pub enum FileKind {
        /// A picture.
        Image = "image",
        /// A sound.
        Audio = "audio",
        /// A video.
        Video = "video",
        /// Anything else.
        File = "file",
    }
}

impl FileKind {
    /// Returns the kind of a media type.
    #[must_use]
    pub fn of(content_type: &str) -> Self {
        match content_type.split('/').next() {
            Some("image") if content_type != "image/svg+xml" => Self::Image,
            Some("audio") => Self::Audio,
            Some("video") => Self::Video,
            _ => Self::File,
        }
    }
}

collection! {
    /// An uploaded file. Its content is in the media store.
    pub struct File: TenantData "files" {
        /// The user who uploaded it; absent for the tenant's server.
        user_id: Option<Id<User>>,
        /// What it is uploaded for.
        purpose: FilePurpose,
        /// State of the file.
        state: FileState,
        /// Kind of content.
        kind: FileKind,
        /// File name.
        name: Option<String>,
        /// Media type.
        content_type: String,
        /// Size in bytes; while it is received, the bytes reserved for it.
        size: i64,
        /// SHA-256 of the content as received, in hex.
        sha256: Option<String>,
        /// Whether the content is served without the metadata with which it was received.
        is_stripped: Option<bool>,
        /// Part of the path of an avatar that is read without credentials: the tenant and a secret that is
        /// new with each file.
        public_path: Option<String>,
        /// The user or conversation whose avatar it is.
        holder_id: Option<ObjectId>,
        /// Set to a new value by each message that attaches the file, so that its removal conflicts.
        attached_by: Option<ObjectId>,
        /// Whether the messages that hold it have to be informed of its state.
        announce: Option<bool>,
        /// Time of the next step; while leased, the end of the lease.
        due_at: Option<Timestamp>,
        /// Number of attempts of the current step.
        attempts: i64,
    }
    due: due_at;
    indexes {
        /// Lists all files.
        by_created: None [created_at];
        /// Lists the files of a user.
        by_user: None [user_id, created_at];
        /// Lists the files of a kind.
        by_kind: None [kind, created_at];
        /// Lists the files of a user and kind.
        by_user_and_kind: None [user_id, kind, created_at];
        /// Counts the uploads that a user has in progress.
        by_state: None [user_id, state];
        by_public_path: UniqueWhenPresent [public_path];
    }
    // An erasure removes the content first, in a stage of its own.
    personal {
        user_id: purge by by_user;
    }
}

impl Work for File {
    const DUE: Column<Self, Timestamp> = Self::due_at;
    const ATTEMPTS: Column<Self, i64> = Self::attempts;
}

collection! {
    /// What is known about the content of a file. Has the id of its file and is shown with each
    /// message that holds it.
    pub struct MediaMetadata: TenantData "media_metadata" {
        /// State of the file.
        state: FileState,
        /// Number of attempts to process it.
        attempts: i64,
        /// Why it has no variants.
        error: Option<String>,
        /// Width in pixels, as displayed.
        width: Option<i64>,
        /// Height in pixels, as displayed.
        height: Option<i64>,
        /// Duration in milliseconds.
        duration_ms: Option<i64>,
        /// Number of pages.
        pages: Option<i64>,
        /// Placeholder of an image, as a blurhash.
        blurhash: Option<String>,
        /// 64 loudness values from 0 to 100.
        waveform: Option<Json<Vec<u8>>>,
        /// Derived images.
        variants: Option<Json<Vec<Variant>>>,
    }
    indexes {}
    personal: none("describes a file, and is removed with it");
}

collection! {
    /// A resumable upload. Has the id of its file and is removed when the content is complete.
    pub struct FileUpload: TenantData "file_uploads" {
        /// Bytes received.
        received: i64,
        /// Stored parts in order.
        parts: Json<Vec<Part>>,
        /// `Upload-Metadata` as the client sent it.
        metadata: Option<String>,
        /// Time at which an incomplete upload is removed.
        expires_at: Timestamp,
    }
    indexes {}
    personal: none("belongs to a file, and is removed with it");
}

collection! {
    /// Storage that a tenant's files use. There is one document, whose id is the tenant's.
    pub struct StorageUsage: TenantData "storage_usage" {
        /// Bytes of all files, including those reserved by uploads.
        bytes: i64,
        /// Number of files.
        files: i64,
    }
    indexes {}
    personal: none("a sum over all files of the tenant");
}

impl File {
    /// Returns whether the actor uploaded the file, or is a server, to which all files belong.
    #[must_use]
    pub fn belongs_to(&self, actor: Actor) -> bool {
        match actor {
            Actor::Server => true,
            Actor::User(user) => self.user_id == Some(user),
        }
    }
}

impl MediaMetadata {
    /// Creates the metadata of a file that is not processed yet.
    pub(super) const fn new(state: FileState) -> Self {
        Self {
            state,
            attempts: 0,
            error: None,
            width: None,
            height: None,
            duration_ms: None,
            pages: None,
            blurhash: None,
            waveform: None,
            variants: None,
        }
    }
}

/// Returns the id of the metadata of a file.
pub(crate) fn metadata_id(file: Id<File>) -> Id<MediaMetadata> {
    Id::new(file.object_id())
}

/// Returns the id of the resumable upload of a file.
pub(crate) fn upload_id(file: Id<File>) -> Id<FileUpload> {
    Id::new(file.object_id())
}

/// A derived image of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// Name, which is the width it was made for.
    pub name: String,
    /// Media type.
    pub content_type: String,
    /// Width in pixels.
    pub width: i64,
    /// Height in pixels.
    pub height: i64,
    /// Size in bytes.
    pub size: i64,
}

/// A stored part of a resumable upload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Name of the part's object.
    pub name: String,
    /// Size in bytes.
    pub size: i64,
}
