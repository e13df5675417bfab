use std::sync::Arc;

use base::{ExternalId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{ConversationId, Message, ParticipantRole, RawMetadata, UserId, UserSummary, schema};

/// A conversation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Conversation {
    /// The id.
    #[schema(value_type = schema::Id)]
    pub id: ConversationId,
    /// What kind it is.
    #[serde(rename = "type")]
    pub kind: ConversationType,
    /// What people see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<String>,
    /// The tenant's own id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::ExternalId>)]
    pub external_id: Option<ExternalId>,
    /// Who may find and join a channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visibility: Option<Visibility>,
    /// Free data of the tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Metadata>)]
    pub metadata: Option<RawMetadata>,
    /// How many take part; absent for who does not any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub participant_count: Option<i64>,
    /// Who made it; absent when a server did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Id>)]
    pub created_by: Option<UserId>,
    /// When it was made.
    #[schema(value_type = schema::Timestamp)]
    pub created_at: Timestamp,
    /// When it was changed last.
    #[schema(value_type = schema::Timestamp)]
    pub updated_at: Timestamp,
    /// Rises with each change.
    pub version: i64,
    /// The record that changed it last: keep the state with the higher one.
    pub changed_seq: i64,
    /// The last record of its log; not in events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub head_seq: Option<i64>,
    /// What it is to the acting user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub my: Option<MyConversation>,
    /// The newest message, in lists; absent for an API key without `messages:read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_message: Option<Box<Message>>,
    /// Both users of a direct conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<UserSummary>>)]
    pub participants: Option<Vec<Arc<UserSummary>>>,
}

/// What a conversation is to the acting user.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MyConversation {
    /// The user's role.
    pub role: ParticipantRole,
    /// Unread messages; counting stops at 100.
    pub unread: i64,
    /// Everything up to this record is read.
    pub read_seq: i64,
    /// Everything up to this record is delivered.
    pub delivered_seq: i64,
}

/// The kinds of conversations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConversationType {
    /// Between two users: the same two always get the same one.
    Direct,
    /// Invited users.
    Group,
    /// Many users.
    Channel,
}

/// Who may find and join a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Every user of the tenant.
    Public,
    /// Whoever is added.
    Private,
}
