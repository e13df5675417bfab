use base::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{ConversationId, UserId, schema};

/// Something of the moment: it has no seq, is not stored and may be lost.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "type", content = "data")]
pub enum Signal {
    /// A user began to write.
    #[serde(rename = "typing.started")]
    TypingStarted(TypingSignal),
    /// A user stopped writing.
    #[serde(rename = "typing.stopped")]
    TypingStopped(TypingSignal),
    /// A user has read more.
    #[serde(rename = "read.updated")]
    ReadUpdated(ReceiptSignal),
    /// More has reached a user's device.
    #[serde(rename = "delivered.updated")]
    DeliveredUpdated(ReceiptSignal),
    /// A user came or went.
    #[serde(rename = "presence.changed")]
    PresenceChanged(PresenceSignal),
}

/// Who writes where.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TypingSignal {
    /// Where.
    #[schema(value_type = schema::Id)]
    pub conversation_id: ConversationId,
    /// Who.
    #[schema(value_type = schema::Id)]
    pub user_id: UserId,
}

/// How far a user has come in a conversation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReceiptSignal {
    /// Where.
    #[schema(value_type = schema::Id)]
    pub conversation_id: ConversationId,
    /// Who.
    #[schema(value_type = schema::Id)]
    pub user_id: UserId,
    /// Everything up to this record.
    pub seq: i64,
}

/// Whether a user is connected.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PresenceSignal {
    /// Who.
    #[schema(value_type = schema::Id)]
    pub user_id: UserId,
    /// Whether a device of the user is connected.
    pub online: bool,
    /// When the user was connected last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Timestamp>)]
    pub last_seen_at: Option<Timestamp>,
}
