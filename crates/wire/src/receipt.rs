use crate::ConversationId;
use crate::UserMap;
use crate::UserSummary;
use crate::non_null::record_number;
use crate::schema;
use base::Timestamp;
use domain::messaging;
use serde::Deserialize;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// A receipt of the acting user; a lower position than the current one has no effect.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceiptRequest {
    /// All records up to this one.
    #[serde(deserialize_with = "record_number")]
    #[schema(minimum = 0)]
    pub seq: i64,
}

/// Receipts of the acting user in a conversation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Receipt {
    /// The conversation.
    #[schema(value_type = schema::Id)]
    pub conversation_id: ConversationId,
    /// All records up to this one are read.
    pub read_seq: i64,
    /// All records up to this one are delivered.
    pub delivered_seq: i64,
    /// Number of unread messages, at most 100.
    pub unread: i64,
}

/// Delivery status of a message for one user.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MessageStatus {
    /// The user.
    #[schema(value_type = UserSummary)]
    pub user: Arc<UserSummary>,
    /// The status.
    pub status: DeliveryStatus,
    /// Why the user's platform, such as WhatsApp, rejected the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Time of the status, if the user's platform has reported it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Timestamp>)]
    pub changed_at: Option<Timestamp>,
}

/// Delivery status of a message. It never decreases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// Stored.
    Sent,
    /// Rejected by the user's platform.
    Failed,
    /// Received by one of the user's devices.
    Delivered,
    /// Read by the user.
    Read,
}

/// Unread counts over all conversations.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UnreadTotals {
    /// Number of unread messages; at most 100 per conversation are counted.
    pub messages: i64,
    /// Number of conversations with unread messages.
    pub conversations: i64,
}

impl MessageStatus {
    /// Converts the delivery status of a message for one user.
    #[must_use]
    pub fn of(status: &messaging::MessageStatus, users: &UserMap) -> Self {
        Self {
            user: users.summary(status.user),
            status: status.status.into(),
            reason: status.reason.clone(),
            changed_at: status.changed_at,
        }
    }
}

impl From<messaging::Unread> for UnreadTotals {
    fn from(unread: messaging::Unread) -> Self {
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        Self {
            messages: number(unread.messages),
            conversations: number(unread.conversations),
        }
    }
}
