use std::sync::Arc;

use base::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::given::given;
use crate::{UserName, UserSummary, schema};

/// A user in a conversation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Participant {
    /// The user.
    #[schema(value_type = UserSummary)]
    pub user: Arc<UserSummary>,
    /// What the user may do there.
    pub role: ParticipantRole,
    /// The record of the joining.
    pub joined_seq: i64,
    /// When the user joined.
    #[schema(value_type = schema::Timestamp)]
    pub joined_at: Timestamp,
    /// The record of the leaving: the last one the user can read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_seq: Option<i64>,
    /// Everything up to this record is read; kept for others in small conversations only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_seq: Option<i64>,
    /// Everything up to this record is delivered; kept for others in small conversations only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivered_seq: Option<i64>,
    /// The record that changed it last: keep the state with the higher one.
    pub changed_seq: i64,
    /// Rises with each change.
    pub version: i64,
}

/// What a participant may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ParticipantRole {
    /// Everything, deleting the conversation included.
    Owner,
    /// Manage participants and others' messages.
    Admin,
    /// Read and write.
    Member,
}

/// Adds users to a conversation.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewParticipants {
    /// Who is added.
    #[schema(schema_with = schema::some_user_names)]
    pub participants: Vec<UserName>,
    /// With which role; `member` when not given.
    #[serde(default, deserialize_with = "given")]
    pub role: Option<ParticipantRole>,
}

/// Changes what a participant may do.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ParticipantPatch {
    /// The new role.
    pub role: ParticipantRole,
}
