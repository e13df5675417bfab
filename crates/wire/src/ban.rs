use std::sync::Arc;

use base::Timestamp;
use domain::messaging as rooms;
use serde::{Deserialize, Serialize};
use store::Entity;
use utoipa::ToSchema;

use crate::given::given;
use crate::{ConversationId, UserId, UserMap, UserSummary, schema};

/// A user who may not take part in a conversation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Ban {
    /// The conversation.
    #[schema(value_type = schema::Id)]
    pub conversation_id: ConversationId,
    /// The user.
    #[schema(value_type = UserSummary)]
    pub user: Arc<UserSummary>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When it ends by itself; absent if it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Timestamp>)]
    pub expires_at: Option<Timestamp>,
    /// The user who banned last; absent when a server did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Id>)]
    pub banned_by: Option<UserId>,
    /// When the user was banned.
    #[schema(value_type = schema::Timestamp)]
    pub created_at: Timestamp,
    /// When the ban was changed last.
    #[schema(value_type = schema::Timestamp)]
    pub updated_at: Timestamp,
}

/// Bans a user.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBan {
    /// Why; shown to those who may lift the ban.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<schema::BanReason>)]
    pub reason: Option<String>,
    /// When the ban ends by itself, in the future; never if absent.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<schema::Timestamp>)]
    pub expires_at: Option<Timestamp>,
}

impl Ban {
    /// Returns a stored ban, the user joined.
    #[must_use]
    pub fn of(ban: &Entity<rooms::Ban>, users: &UserMap) -> Self {
        Self {
            conversation_id: ban.conversation_id,
            user: users.card(ban.user_id),
            reason: ban.reason.clone(),
            expires_at: ban.ends_at(),
            banned_by: ban.banned_by,
            created_at: ban.created_at,
            updated_at: ban.updated_at,
        }
    }
}

impl From<NewBan> for rooms::NewBan {
    fn from(new: NewBan) -> Self {
        Self {
            expires_at: new.expires_at,
            reason: new.reason,
        }
    }
}
