use crate::Attachment;
use crate::ConversationId;
use crate::MessageId;
use crate::Metadata;
use crate::NewAttachment;
use crate::RawMetadata;
use crate::UserMap;
use crate::UserSummary;
use crate::ids::stored;
use crate::non_null::non_null;
use crate::non_null::version;
use crate::schema;
use base::Patch;
use base::Result;
use base::Timestamp;
use domain::messaging;
use serde::Deserialize;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use store::Entity;
use store::JsonText;
use store::RawJson;
use utoipa::ToSchema;

/// A message.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Message {
    /// Unique id.
    #[schema(value_type = schema::Id)]
    pub id: MessageId,
    /// The conversation.
    #[schema(value_type = schema::Id)]
    pub conversation_id: ConversationId,
    /// Sequence number in the log of the conversation.
    pub seq: i64,
    /// Message type: `text`, `image`, `video`, `audio`, `file` or a custom type of the tenant.
    #[serde(rename = "type")]
    #[schema(value_type = schema::Word)]
    pub kind: String,
    /// The text; absent if there is none or the message was deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// The sender.
    #[schema(value_type = UserSummary)]
    pub sender: Arc<UserSummary>,
    /// The id that the sender's client assigned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_message_id: Option<String>,
    /// Attached files.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// Custom data of the tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Metadata>)]
    pub metadata: Option<RawMetadata>,
    /// The message that starts the thread.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Id>)]
    pub thread_id: Option<MessageId>,
    /// `staff` for a note that the client of the channel does not see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audience: Option<Audience>,
    /// Platform from which the message was received; absent for messages written here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<MessageSource>,
    /// Integration through which the message was received.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Id>)]
    pub platform_integration_id: Option<base::ObjectId>,
    /// Id of the message at the platform.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_message_id: Option<String>,
    /// Number of reactions by emoji.
    pub reactions: BTreeMap<String, i64>,
    /// The acting user's own reactions; in responses only, never in events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub my_reactions: Option<Vec<String>>,
    /// Time of the last edit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Timestamp>)]
    pub edited_at: Option<Timestamp>,
    /// Time of the deletion; the content is removed then.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Timestamp>)]
    pub deleted_at: Option<Timestamp>,
    /// Creation time.
    #[schema(value_type = schema::Timestamp)]
    pub created_at: Timestamp,
    /// Time of the last update.
    #[schema(value_type = schema::Timestamp)]
    pub updated_at: Timestamp,
    /// Version; increases with each update.
    pub version: i64,
    /// The log record of the last change: keep the state with the higher number.
    pub changed_seq: i64,
}

impl Message {
    /// Converts a stored message with its sender.
    ///
    /// # Errors
    /// Fails if the stored data is not valid JSON.
    pub fn of(message: Entity<messaging::Message>, users: &UserMap) -> Result<Self> {
        let Entity {
            id,
            created_at,
            updated_at,
            version,
            deleted_at,
            doc: message,
            ..
        } = message;
        let sender = message
            .sender_id
            .ok_or_else(|| base::Error::internal(NoSender(id)))?;
        Ok(Self {
            id,
            conversation_id: message.conversation_id,
            seq: message.seq,
            kind: message
                .r#type
                .unwrap_or_else(|| messaging::PLAIN_TYPE.to_owned()),
            content: message.content,
            sender: users.summary(sender),
            client_message_id: message.client_message_id,
            attachments: message
                .attachments
                .into_iter()
                .flat_map(|list| list.0)
                .map(|attachment| Attachment::of(attachment, id))
                .collect(),
            metadata: message.metadata.as_ref().map(raw).transpose()?,
            thread_id: message.thread_id,
            audience: message.audience.map(Into::into),
            source: message.source.map(Into::into),
            platform_integration_id: message.platform_integration_id,
            external_message_id: message.external_message_id,
            reactions: message.reactions.map(|counts| counts.0).unwrap_or_default(),
            my_reactions: None,
            edited_at: message.edited_at,
            deleted_at,
            created_at,
            updated_at,
            version,
            changed_seq: message.changed_seq.get(),
        })
    }
}

/// Readers of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Staff: all participants of a client's channel except the client.
    Staff,
}

/// Platform from which a message was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageSource {
    /// WhatsApp.
    Whatsapp,
    /// Instagram.
    Instagram,
}

/// Returns stored JSON unchanged.
pub(crate) fn raw(json: &RawJson) -> Result<RawMetadata> {
    serde_json::value::RawValue::from_string(json.0.to_string()).map_err(base::Error::internal)
}

/// Returns stored JSON with any keys unchanged.
pub(crate) fn any_json(json: &JsonText) -> Result<RawMetadata> {
    serde_json::value::RawValue::from_string(json.0.to_string()).map_err(base::Error::internal)
}

/// Error for a stored message without a sender, which no operation writes.
#[derive(Debug, thiserror::Error)]
#[error("the message {0} has no sender")]
struct NoSender(crate::MessageId);

/// A message to send, with content or at least one attachment.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMessage {
    /// Message type: `text` (the default), `image`, `video`, `audio`, `file` or a custom type of
    /// the tenant. `system` and types with the prefix `system.` require an API key.
    #[serde(default, rename = "type", deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::Word>)]
    pub kind: Option<String>,
    /// The text.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::Content>)]
    pub content: Option<String>,
    /// Client-assigned id, for idempotency: a repeated send returns the first message.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::ClientMessageId>)]
    pub client_message_id: Option<String>,
    /// Attached files.
    #[serde(default)]
    #[schema(schema_with = schema::attachments)]
    pub attachments: Vec<NewAttachment>,
    /// Custom data of the tenant.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::Metadata>)]
    pub metadata: Option<Metadata>,
    /// The message that starts the thread.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::Id>)]
    pub thread_id: Option<MessageId>,
    /// `staff` for a note that the client of the channel does not see. Allowed for staff in a
    /// client's channel only, without attachments and thread.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(nullable = false)]
    pub audience: Option<Audience>,
}

/// Updates the given fields of a message; `null` removes a value.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MessagePatch {
    /// The text.
    #[serde(default)]
    #[schema(value_type = Option<schema::Content>)]
    pub content: Patch<String>,
    /// Attached files; replaces the previous ones.
    #[serde(default)]
    #[schema(schema_with = schema::attachments_or_null)]
    pub attachments: Patch<Vec<NewAttachment>>,
    /// Custom data; replaces the previous data.
    #[serde(default)]
    #[schema(value_type = Option<schema::Metadata>)]
    pub metadata: Patch<Metadata>,
    /// The expected version. Fails with 409 `version_conflict` if the version differs.
    #[serde(default, deserialize_with = "version")]
    #[schema(minimum = 1, nullable = false)]
    pub version: Option<i64>,
}

fn files(attachments: Vec<NewAttachment>) -> Vec<messaging::Attachment> {
    attachments.into_iter().map(Into::into).collect()
}

impl From<NewMessage> for messaging::Draft {
    fn from(message: NewMessage) -> Self {
        Self {
            r#type: message.kind,
            content: message.content,
            attachments: files(message.attachments),
            metadata: message.metadata.map(stored),
            thread_id: message.thread_id,
            client_message_id: message.client_message_id,
            audience: message.audience.map(Into::into),
            by_server: false,
        }
    }
}

impl From<MessagePatch> for messaging::EditedMessage {
    fn from(patch: MessagePatch) -> Self {
        Self {
            content: patch.content,
            attachments: patch.attachments.map(files),
            metadata: patch.metadata.map(stored),
            version: patch.version,
            by_server: false,
        }
    }
}
