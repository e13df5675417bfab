use std::collections::BTreeMap;
use std::sync::Arc;

use base::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{Attachment, ConversationId, MessageId, RawMetadata, UserSummary, schema};

/// A message.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Message {
    /// The id.
    #[schema(value_type = schema::Id)]
    pub id: MessageId,
    /// Where it was written.
    #[schema(value_type = schema::Id)]
    pub conversation_id: ConversationId,
    /// Its place in the conversation's log.
    pub seq: i64,
    /// What kind it is: `text`, `image`, `video`, `audio`, `file` or a word of the tenant's own.
    #[serde(rename = "type")]
    #[schema(value_type = schema::Word)]
    pub kind: String,
    /// The text; absent when there is none or the message was deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// Who wrote it.
    #[schema(value_type = UserSummary)]
    pub sender: Arc<UserSummary>,
    /// The sender's own id of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_message_id: Option<String>,
    /// Its files.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// Free data of the tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Metadata>)]
    pub metadata: Option<RawMetadata>,
    /// The message whose thread it answers in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Id>)]
    pub thread_id: Option<MessageId>,
    /// How many users reacted, by emoji.
    pub reactions: BTreeMap<String, i64>,
    /// The acting user's own reactions; in answers to requests only, never in events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub my_reactions: Option<Vec<String>>,
    /// When the content was changed last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Timestamp>)]
    pub edited_at: Option<Timestamp>,
    /// When it was deleted; what it said is gone then.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Timestamp>)]
    pub deleted_at: Option<Timestamp>,
    /// When it was written.
    #[schema(value_type = schema::Timestamp)]
    pub created_at: Timestamp,
    /// When it was changed last.
    #[schema(value_type = schema::Timestamp)]
    pub updated_at: Timestamp,
    /// Rises with each change.
    pub version: i64,
    /// The record that changed it last: keep the state with the higher one.
    pub changed_seq: i64,
}
