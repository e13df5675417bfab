use std::sync::Arc;

use base::Patch;
use domain::relationships;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::non_null::non_null;
use crate::{UserMap, UserSummary, schema};

/// Relationship of a user to another.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Relationship {
    /// The other user.
    #[schema(value_type = UserSummary)]
    pub user: Arc<UserSummary>,
    /// State of the relationship.
    pub state: RelationshipState,
    /// The user's remark about the other; visible to the user only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
    /// Whether the other user is a favorite.
    pub favourite: bool,
}

/// State of a relationship.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RelationshipState {
    /// No relationship.
    None,
    /// The user sent a friend request.
    Requested,
    /// The user received a friend request.
    Pending,
    /// The users are friends.
    Friends,
    /// The user blocks the other.
    Blocked,
}

/// An action on a relationship.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RelationshipChange {
    /// The action.
    pub action: RelationshipAction,
}

/// Action on a relationship.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RelationshipAction {
    /// Sends a friend request; accepts it if the other sent one before.
    Request,
    /// Accepts a friend request.
    Accept,
    /// Declines a friend request.
    Decline,
    /// Cancels a sent friend request.
    Cancel,
    /// Ends a friendship.
    Remove,
    /// Blocks the user: no direct messages, invitations, presence or profile in either direction.
    Block,
    /// Removes a block.
    Unblock,
}

/// Notes about another user.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RelationshipPatch {
    /// Remark, visible to the user only; `null` removes it.
    #[serde(default)]
    #[schema(value_type = Option<schema::Remark>)]
    pub remark: Patch<String>,
    /// Whether the other user is a favorite; friends only.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(nullable = false)]
    pub favourite: Option<bool>,
}

impl Relationship {
    /// Converts one side of a relationship with the other user.
    #[must_use]
    pub fn of(side: &relationships::Relationship, users: &UserMap) -> Self {
        let user = users.summary(side.other_id);
        Self {
            user,
            state: side.state.into(),
            remark: side.remark.clone(),
            favourite: side.favourite,
        }
    }
}

impl From<relationships::State> for RelationshipState {
    fn from(state: relationships::State) -> Self {
        match state {
            relationships::State::None => Self::None,
            relationships::State::Requested => Self::Requested,
            relationships::State::Pending => Self::Pending,
            relationships::State::Friends => Self::Friends,
            relationships::State::Blocked => Self::Blocked,
        }
    }
}

impl From<RelationshipState> for relationships::State {
    fn from(state: RelationshipState) -> Self {
        match state {
            RelationshipState::None => Self::None,
            RelationshipState::Requested => Self::Requested,
            RelationshipState::Pending => Self::Pending,
            RelationshipState::Friends => Self::Friends,
            RelationshipState::Blocked => Self::Blocked,
        }
    }
}

impl From<RelationshipAction> for relationships::RelationshipAction {
    fn from(action: RelationshipAction) -> Self {
        match action {
            RelationshipAction::Request => Self::Request,
            RelationshipAction::Accept => Self::Accept,
            RelationshipAction::Decline => Self::Decline,
            RelationshipAction::Cancel => Self::Cancel,
            RelationshipAction::Remove => Self::Remove,
            RelationshipAction::Block => Self::Block,
            RelationshipAction::Unblock => Self::Unblock,
        }
    }
}

impl From<RelationshipPatch> for relationships::RelationshipNotes {
    fn from(patch: RelationshipPatch) -> Self {
        Self {
            remark: patch.remark,
            favourite: patch.favourite,
        }
    }
}
