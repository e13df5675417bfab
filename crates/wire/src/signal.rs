use base::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{ConversationId, UserId, schema};

/// A transient event: it has no sequence number, is not stored and may be lost.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "type", content = "data")]
pub enum Signal {
    /// A user started typing.
    #[serde(rename = "typing.started")]
    TypingStarted(TypingSignal),
    /// A user stopped typing.
    #[serde(rename = "typing.stopped")]
    TypingStopped(TypingSignal),
    /// A user read messages.
    #[serde(rename = "read.updated")]
    ReadUpdated(ReceiptSignal),
    /// Messages were delivered to a user.
    #[serde(rename = "delivered.updated")]
    DeliveredUpdated(ReceiptSignal),
    /// A user went online or offline.
    #[serde(rename = "presence.changed")]
    PresenceChanged(PresenceSignal),
}

/// A user who is typing.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TypingSignal {
    /// The conversation.
    #[schema(value_type = schema::Id)]
    pub conversation_id: ConversationId,
    /// The user.
    #[schema(value_type = schema::Id)]
    pub user_id: UserId,
}

/// A receipt of a user in a conversation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReceiptSignal {
    /// The conversation.
    #[schema(value_type = schema::Id)]
    pub conversation_id: ConversationId,
    /// The user.
    #[schema(value_type = schema::Id)]
    pub user_id: UserId,
    /// All records up to this one.
    pub seq: i64,
}

/// Presence of a user.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PresenceSignal {
    /// The user.
    #[schema(value_type = schema::Id)]
    pub user_id: UserId,
    /// Whether a device of the user is connected.
    pub online: bool,
    /// Time at which the user was last seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Timestamp>)]
    pub last_seen_at: Option<Timestamp>,
}
