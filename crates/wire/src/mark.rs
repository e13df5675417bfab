use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::given::record_number;
use crate::{ConversationId, UserSummary, schema};

/// Raises the acting user's mark; a lower one than stands changes nothing.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceiptRequest {
    /// Everything up to this record is read.
    #[serde(deserialize_with = "record_number")]
    #[schema(minimum = 0)]
    pub seq: i64,
}

/// How far the acting user has come in a conversation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Receipt {
    /// Where.
    #[schema(value_type = schema::Id)]
    pub conversation_id: ConversationId,
    /// Everything up to this record is read.
    pub read_seq: i64,
    /// Everything up to this record is delivered.
    pub delivered_seq: i64,
    /// Unread messages; counting stops at 100.
    pub unread: i64,
}

/// How far a message has come with one user.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MessageStatus {
    /// The user.
    #[schema(value_type = UserSummary)]
    pub user: Arc<UserSummary>,
    /// How far.
    pub status: DeliveryStatus,
}

/// How far a message has come. It never goes backward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// Stored.
    Sent,
    /// On one of the user's devices.
    Delivered,
    /// Read by the user.
    Read,
}

/// Unread messages in all conversations.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UnreadTotals {
    /// Unread messages; each conversation counts with 100 at most.
    pub messages: i64,
    /// Conversations with unread messages.
    pub conversations: i64,
}
