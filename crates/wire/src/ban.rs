use std::sync::Arc;

use base::Timestamp;
use domain::messaging;
use serde::{Deserialize, Serialize};
use store::Entity;
use utoipa::ToSchema;

use crate::non_null::non_null;
use crate::{ConversationId, UserId, UserMap, UserSummary, schema};

/// A ban of a user from a conversation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Ban {
    /// The conversation.
    #[schema(value_type = schema::Id)]
    pub conversation_id: ConversationId,
    /// The user.
    #[schema(value_type = UserSummary)]
    pub user: Arc<UserSummary>,
    /// Reason of the ban.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Expiration time; absent if the ban does not expire.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Timestamp>)]
    pub expires_at: Option<Timestamp>,
    /// The user who set the ban last; absent if a server did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Id>)]
    pub banned_by: Option<UserId>,
    /// Time of the ban.
    #[schema(value_type = schema::Timestamp)]
    pub created_at: Timestamp,
    /// Time of the last update.
    #[schema(value_type = schema::Timestamp)]
    pub updated_at: Timestamp,
}

/// A ban to set.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBan {
    /// Reason of the ban; visible to users who may lift it.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::BanReason>)]
    pub reason: Option<String>,
    /// Expiration time in the future; absent for a ban that does not expire.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::Timestamp>)]
    pub expires_at: Option<Timestamp>,
}

impl Ban {
    /// Converts a stored ban with its user.
    #[must_use]
    pub fn of(ban: &Entity<messaging::Ban>, users: &UserMap) -> Self {
        Self {
            conversation_id: ban.conversation_id,
            user: users.summary(ban.user_id),
            reason: ban.reason.clone(),
            expires_at: ban.ends_at(),
            banned_by: ban.banned_by,
            created_at: ban.created_at,
            updated_at: ban.updated_at,
        }
    }
}

impl From<NewBan> for messaging::NewBan {
    fn from(new: NewBan) -> Self {
        Self {
            expires_at: new.expires_at,
            reason: new.reason,
        }
    }
}
