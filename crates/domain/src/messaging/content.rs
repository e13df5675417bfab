//! Parts of a message that are stored with it.

use base::{Id, Timestamp};
use serde::{Deserialize, Serialize};

use super::collections::Role;
use crate::media::{File, FileDetails};
use crate::users::User;

/// An attachment of a message: an uploaded file, or a URL.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// `image`, `audio`, `video` or `file`.
    pub r#type: String,
    /// The URL; absent for an uploaded file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The uploaded file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_id: Option<Id<File>>,
    /// Description shown with the file, and read to users who do not see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    /// 64 loudness values from 0 to 100, computed by the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waveform: Option<Vec<u8>>,
    /// Image shown before a video is played.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poster_file_id: Option<Id<File>>,
    /// What is known about the uploaded file; added when the message is read.
    #[serde(skip)]
    pub file: Option<AttachedFile>,
    /// File name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Size in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<i64>,
    /// Media type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
}

/// An attached file when its message is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttachedFile {
    /// The file exists.
    Present(FileDetails),
    /// The file was deleted.
    Removed,
}

/// A previous content of an edited message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// The text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// The attachments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// The tenant's own data, as JSON text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<String>,
    /// Time at which it was replaced.
    pub replaced_at: Timestamp,
    /// Sequence number of the record that replaced it; absent in revisions written by old versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced_seq: Option<i64>,
}

/// An initial participant of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InitialParticipant {
    /// The user.
    pub user_id: Id<User>,
    /// Their role.
    pub role: Role,
}
