use crate::UserMap;
use crate::UserName;
use crate::UserSummary;
use crate::non_null::non_null;
use crate::schema;
use base::Timestamp;
use domain::messaging;
use serde::Deserialize;
use serde::Serialize;
use std::sync::Arc;
use store::Entity;
use utoipa::ToSchema;

/// A participant of a conversation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Participant {
    /// The user.
    #[schema(value_type = UserSummary)]
    pub user: Arc<UserSummary>,
    /// Role in the conversation.
    pub role: ParticipantRole,
    /// The log record of the join.
    pub joined_seq: i64,
    /// Time of the join.
    #[schema(value_type = schema::Timestamp)]
    pub joined_at: Timestamp,
    /// The log record of the departure: the last one the user can read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_seq: Option<i64>,
    /// All records up to this one are read; visible to others in small conversations only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_seq: Option<i64>,
    /// All records up to this one are delivered; visible to others in small conversations only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivered_seq: Option<i64>,
    /// The log record of the last change: keep the state with the higher number.
    pub changed_seq: i64,
    /// Version; increases with each update.
    pub version: i64,
}

/// Role of a participant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ParticipantRole {
    /// All actions, including deleting the conversation.
    Owner,
    /// Manage participants and messages of others.
    Admin,
    /// Read and send messages.
    Member,
}

/// Users to add to a conversation.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewParticipants {
    /// The users.
    #[schema(schema_with = schema::some_user_names)]
    pub participants: Vec<UserName>,
    /// Their role; defaults to `member`.
    #[serde(default, deserialize_with = "non_null")]
    pub role: Option<ParticipantRole>,
}

/// Updates the role of a participant.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ParticipantPatch {
    /// The new role.
    pub role: ParticipantRole,
}

impl Participant {
    /// Converts a stored participant with its user, without receipts.
    #[must_use]
    pub fn of(participant: &Entity<messaging::Participant>, users: &UserMap) -> Self {
        Self {
            user: users.summary(participant.user_id),
            role: participant.role.into(),
            joined_seq: participant.joined_seq.get(),
            joined_at: participant.joined_at,
            left_seq: participant
                .left_seq
                .filter(|_| !participant.is_active)
                .map(store::Seq::get),
            read_seq: None,
            delivered_seq: None,
            changed_seq: participant.changed_seq.get(),
            version: participant.version,
        }
    }

    /// Adds the receipts of the user.
    #[must_use]
    pub fn with_marks(mut self, receipts: Option<messaging::Receipts>) -> Self {
        let receipts = receipts.unwrap_or_default();
        (self.read_seq, self.delivered_seq) =
            (Some(receipts.read_seq), Some(receipts.delivered_seq));
        self
    }
}
