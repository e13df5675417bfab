use base::Patch;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::given::{given, version};
use crate::{Attachment, MessageId, Metadata, schema};

/// A message to send. It has content or at least one attachment.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMessage {
    /// What kind it is: `text`, which it is when not given, `image`, `video`, `audio`, `file` or a word of
    /// the tenant's own. `system` and words that begin with `system.` are for requests with an API key.
    #[serde(default, rename = "type", deserialize_with = "given")]
    #[schema(value_type = Option<schema::Word>)]
    pub kind: Option<String>,
    /// The text.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<schema::Content>)]
    pub content: Option<String>,
    /// The sender's own id of it: a repeated send is answered with the first message.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<schema::ClientMessageId>)]
    pub client_message_id: Option<String>,
    /// Its files.
    #[serde(default)]
    #[schema(schema_with = schema::attachments)]
    pub attachments: Vec<Attachment>,
    /// Free data of the tenant.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<schema::Metadata>)]
    pub metadata: Option<Metadata>,
    /// The message whose thread it answers in.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<schema::Id>)]
    pub thread_id: Option<MessageId>,
}

/// Changes the given fields of a message; `null` clears.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MessagePatch {
    /// The text.
    #[serde(default)]
    #[schema(value_type = Option<schema::Content>)]
    pub content: Patch<String>,
    /// Replaces the files.
    #[serde(default)]
    #[schema(schema_with = schema::attachments_or_null)]
    pub attachments: Patch<Vec<Attachment>>,
    /// Replaces the free data.
    #[serde(default)]
    #[schema(value_type = Option<schema::Metadata>)]
    pub metadata: Patch<Metadata>,
    /// The version that was read; another one that stands is 409 `version_conflict`.
    #[serde(default, deserialize_with = "version")]
    #[schema(minimum = 1, nullable = false)]
    pub version: Option<i64>,
}
