use base::Timestamp;
use domain::{media, messaging};
use serde::{Deserialize, Serialize};
use store::Entity;
use utoipa::ToSchema;

use crate::non_null::non_null;
use crate::{FileId, MessageId, UserId, schema};

/// An uploaded file.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct File {
    /// Unique id.
    #[schema(value_type = schema::Id)]
    pub id: FileId,
    /// What it was uploaded for.
    pub purpose: FilePurpose,
    /// State of the file.
    pub state: FileState,
    /// Kind of content, from its media type.
    #[serde(rename = "type")]
    pub kind: FileKind,
    /// File name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::FileName>)]
    pub name: Option<String>,
    /// Media type.
    #[schema(value_type = schema::MediaType)]
    pub content_type: String,
    /// Size in bytes; while it is received, the bytes reserved for it.
    pub size: i64,
    /// SHA-256 of the content as received, in hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// The user who uploaded it; absent for the tenant's server.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Id>)]
    pub user_id: Option<UserId>,
    /// Path of the content; requires the credentials of the API.
    pub path: String,
    /// Path of an avatar that everybody can read who knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_path: Option<String>,
    /// Width in pixels, as displayed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<i64>,
    /// Height in pixels, as displayed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<i64>,
    /// Duration in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<i64>,
    /// Number of pages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pages: Option<i64>,
    /// Placeholder of an image, as a blurhash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blurhash: Option<String>,
    /// 64 loudness values from 0 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waveform: Option<Vec<u8>>,
    /// Smaller versions of an image.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<FileVariant>,
    /// Why the content was not processed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub processing_error: Option<String>,
    /// Creation time.
    #[schema(value_type = schema::Timestamp)]
    pub created_at: Timestamp,
    /// Time of the last update.
    #[schema(value_type = schema::Timestamp)]
    pub updated_at: Timestamp,
}

/// A smaller version of an image.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FileVariant {
    /// Name, which is the width it was made for.
    pub name: String,
    /// Path of the content; requires the credentials of the API.
    pub path: String,
    /// Media type.
    #[schema(value_type = schema::MediaType)]
    pub content_type: String,
    /// Width in pixels.
    pub width: i64,
    /// Height in pixels.
    pub height: i64,
    /// Size in bytes.
    pub size: i64,
}

impl FileVariant {
    /// Converts a stored variant; `holder` is the query that names a message that holds the file.
    pub(crate) fn of(variant: media::Variant, file: FileId, holder: Option<&str>) -> Self {
        let separator = if holder.is_some() { "&" } else { "" };
        let holder = holder.unwrap_or_default();
        Self {
            path: format!(
                "/v1/files/{file}/content?{holder}{separator}variant={}",
                variant.name
            ),
            name: variant.name,
            content_type: variant.content_type,
            width: variant.width,
            height: variant.height,
            size: variant.size,
        }
    }
}

impl File {
    /// Converts a stored file with what is known about its content.
    #[must_use]
    pub fn of(file: Entity<media::File>, details: Option<media::FileDetails>) -> Self {
        let id = file.id;
        let public_path = file
            .public_path
            .as_ref()
            .map(|path| format!("/v1/avatars/{path}/original"));
        let created_at = file.created_at;
        let updated_at = file.updated_at;
        let media::File {
            user_id,
            purpose,
            state,
            kind,
            name,
            content_type,
            size,
            sha256,
            ..
        } = file.doc;
        let details = details.unwrap_or_else(|| media::FileDetails::of_state(state));
        Self {
            id,
            purpose: purpose.into(),
            state: state.into(),
            kind: kind.into(),
            name,
            content_type,
            size,
            sha256,
            user_id,
            path: format!("/v1/files/{id}/content"),
            public_path,
            width: details.width,
            height: details.height,
            duration_ms: details.duration_ms,
            pages: details.pages,
            blurhash: details.blurhash,
            waveform: details.waveform,
            variants: details
                .variants
                .into_iter()
                .map(|variant| FileVariant::of(variant, id, None))
                .collect(),
            processing_error: details.error,
            created_at,
            updated_at,
        }
    }
}

/// A file that a message of a conversation holds.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ConversationFile {
    /// The message.
    #[schema(value_type = schema::Id)]
    pub message_id: MessageId,
    /// The sender of the message.
    #[schema(value_type = schema::Id)]
    pub sender_id: UserId,
    /// Sequence number of the record that added the file to the message.
    pub seq: i64,
    /// The file.
    pub file: File,
}

impl ConversationFile {
    /// Converts a file of a conversation with what is known about its content.
    #[must_use]
    pub fn of(found: messaging::ConversationFile, details: Option<media::FileDetails>) -> Self {
        let messaging::ConversationFile { reference, file } = found;
        let holder = format!("message_id={}", reference.message_id);
        let mut shown = File::of(file, details);
        shown.path = format!("{}?{holder}", shown.path);
        for variant in &mut shown.variants {
            variant.path = format!("{}&{holder}", variant.path);
        }
        Self {
            message_id: reference.message_id,
            sender_id: reference.user_id,
            seq: reference.seq.get(),
            file: shown,
        }
    }
}

/// What a file is uploaded for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FilePurpose {
    /// Attached to messages.
    Attachment,
    /// Picture of a user or a conversation.
    Avatar,
    /// Part of the tenant's appearance, public while in use; requires an API key.
    Branding,
    /// Encrypted by the client: neither examined nor processed.
    Encrypted,
}

/// State of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FileState {
    /// Its content is being received.
    Uploading,
    /// Received completely; scanned and processed next.
    Processing,
    /// Can be read.
    Ready,
    /// Its content could not be stored.
    Failed,
    /// Rejected by the virus scanner.
    Blocked,
    /// Deleted.
    Removed,
}

/// Kind of content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// A picture.
    Image,
    /// A sound.
    Audio,
    /// A video.
    Video,
    /// Anything else.
    File,
}

impl From<media::FileState> for FileState {
    fn from(state: media::FileState) -> Self {
        match state {
            media::FileState::Uploading => Self::Uploading,
            media::FileState::Processing => Self::Processing,
            media::FileState::Ready => Self::Ready,
            media::FileState::Failed => Self::Failed,
            media::FileState::Blocked => Self::Blocked,
            media::FileState::Deleting => Self::Removed,
        }
    }
}

/// The file to show as avatar.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AvatarFile {
    /// An image that was uploaded with the purpose `avatar`.
    #[schema(value_type = schema::Id)]
    pub file_id: FileId,
}

/// Links to sign.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FileLinks {
    /// The links, at most 100.
    #[schema(schema_with = schema::file_links)]
    pub links: Vec<NewFileLink>,
    /// Seconds that the links are valid at least; 900 by default.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(minimum = 1, maximum = 604_800)]
    pub expires_in: Option<usize>,
}

/// A link to sign.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFileLink {
    /// The file.
    #[schema(value_type = schema::Id)]
    pub file_id: FileId,
    /// Name of a variant; by default the original.
    #[serde(default, deserialize_with = "non_null")]
    pub variant: Option<String>,
    /// A message that holds the file, for files that others uploaded.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::Id>)]
    pub message_id: Option<MessageId>,
    /// Whether browsers save the content instead of showing it.
    #[serde(default)]
    pub download: bool,
}

/// A signed link to the content of a file.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SignedLink {
    /// The file.
    #[schema(value_type = schema::Id)]
    pub file_id: FileId,
    /// Path of the content, which needs no credentials.
    pub path: String,
    /// Time after which the link is rejected.
    #[schema(value_type = schema::Timestamp)]
    pub expires_at: Timestamp,
}

/// Storage that a tenant uses.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UsageMetric {
    /// What is measured: `storage_bytes` or `files`.
    pub metric: String,
    /// Current value, including reservations of uploads in progress.
    pub used: i64,
    /// Largest value allowed.
    pub limit: u64,
}

/// The usage of a tenant.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Usage {
    /// The metrics.
    pub data: Vec<UsageMetric>,
}
