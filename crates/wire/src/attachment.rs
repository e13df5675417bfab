use domain::messaging::{self, AttachedFile};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::file::FileVariant;
use crate::non_null::non_null;
use crate::{FileId, FileState, MessageId, schema};

/// A file or URL that a message holds.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Attachment {
    /// File type: `image`, `video`, `audio`, `file`, or for a URL also a custom type of the tenant.
    #[serde(rename = "type")]
    #[schema(value_type = schema::Word)]
    pub kind: String,
    /// URL, `https` or `http`; absent for an uploaded file.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Url>)]
    pub url: Option<String>,
    /// The uploaded file.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Id>)]
    pub file_id: Option<FileId>,
    /// Path of the content of an uploaded file; requires the credentials of the API.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Display name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::FileName>)]
    pub name: Option<String>,
    /// Size in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0)]
    pub size: Option<i64>,
    /// Media type, such as `image/png`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::MediaType>)]
    pub mime_type: Option<String>,
    /// Description, for users who do not see the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Caption>)]
    pub caption: Option<String>,
    /// State of an uploaded file; `removed` if it was deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<FileState>,
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
    /// Image shown before a video is played.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Id>)]
    pub poster_file_id: Option<FileId>,
    /// Smaller versions of an image.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<FileVariant>,
}

impl Attachment {
    /// Converts a stored attachment of a message.
    pub(crate) fn of(attachment: messaging::Attachment, message: MessageId) -> Self {
        let messaging::Attachment {
            r#type,
            url,
            file_id,
            caption,
            waveform,
            poster_file_id,
            file,
            name,
            size,
            mime_type,
        } = attachment;
        let bare = Self {
            kind: r#type,
            url,
            file_id,
            path: None,
            name,
            size,
            mime_type,
            caption,
            state: None,
            width: None,
            height: None,
            duration_ms: None,
            pages: None,
            blurhash: None,
            waveform,
            poster_file_id,
            variants: Vec::new(),
        };
        let (Some(id), Some(file)) = (file_id, file) else {
            return bare;
        };
        let holder = format!("message_id={message}");
        match file {
            AttachedFile::Removed => Self {
                state: Some(FileState::Removed),
                ..bare
            },
            AttachedFile::Present(details) => Self {
                path: Some(format!("/v1/files/{id}/content?{holder}")),
                state: Some(details.state.into()),
                width: details.width,
                height: details.height,
                duration_ms: details.duration_ms,
                pages: details.pages,
                blurhash: details.blurhash,
                waveform: details.waveform.or(bare.waveform),
                variants: details
                    .variants
                    .into_iter()
                    .map(|variant| FileVariant::of(variant, id, Some(&holder)))
                    .collect(),
                ..bare
            },
        }
    }
}

/// A file or URL to attach: either `file_id` or `url`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAttachment {
    /// An uploaded file of the sender.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::Id>)]
    pub file_id: Option<FileId>,
    /// URL, `https` or `http`, which the server does not fetch.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::Url>)]
    pub url: Option<String>,
    /// Type of a URL: `image`, `video`, `audio`, `file` (the default) or a custom type of the tenant.
    /// Derived for an uploaded file.
    #[serde(default, rename = "type", deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::Word>)]
    pub kind: Option<String>,
    /// Display name; by default the name of the uploaded file.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::FileName>)]
    pub name: Option<String>,
    /// Size of a URL's content in bytes.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(minimum = 0)]
    pub size: Option<i64>,
    /// Media type of a URL's content, such as `image/png`.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::MediaType>)]
    pub mime_type: Option<String>,
    /// Description, for users who do not see the file.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::Caption>)]
    pub caption: Option<String>,
    /// 64 loudness values from 0 to 100, for audio that the server cannot decode, such as Opus.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(schema_with = schema::waveform)]
    pub waveform: Option<Vec<u8>>,
    /// An uploaded image to show before a video is played.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::Id>)]
    pub poster_file_id: Option<FileId>,
}

impl From<NewAttachment> for messaging::Attachment {
    fn from(attachment: NewAttachment) -> Self {
        let NewAttachment {
            file_id,
            url,
            kind,
            name,
            size,
            mime_type,
            caption,
            waveform,
            poster_file_id,
        } = attachment;
        // A link without a type is a file.
        let default = if url.is_some() { "file" } else { "" };
        Self {
            r#type: kind.unwrap_or_else(|| default.to_owned()),
            url,
            file_id,
            caption,
            waveform,
            poster_file_id,
            file: None,
            name,
            size,
            mime_type,
        }
    }
}
