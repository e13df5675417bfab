use std::sync::Arc;

use base::Patch;
use domain::relationships as rooms;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::given::given;
use crate::{UserMap, UserSummary, schema};

/// How a user stands to another.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Relationship {
    /// The other user.
    #[schema(value_type = UserSummary)]
    pub user: Arc<UserSummary>,
    /// How.
    pub state: RelationshipState,
    /// What the user notes of the other; shown to nobody else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
    /// Whether the other is one of the user's favourites.
    pub favourite: bool,
}

/// How a user stands to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RelationshipState {
    /// In no way.
    None,
    /// The user asked the other to be friends.
    Requested,
    /// The other asked the user.
    Pending,
    /// They are friends.
    Friends,
    /// The user blocks the other.
    Blocked,
}

/// What a user does about another.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RelationshipChange {
    /// What is done.
    pub action: RelationshipAction,
}

/// What is done about another user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RelationshipAction {
    /// Asks to be friends; who was asked already becomes one.
    Request,
    /// Says yes to a request.
    Accept,
    /// Says no to a request.
    Decline,
    /// Takes an own request back.
    Cancel,
    /// Ends a friendship.
    Remove,
    /// Blocks: no direct messages, invitations, presence or profile either way.
    Block,
    /// Ends an own block.
    Unblock,
}

/// What a user notes of another.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RelationshipPatch {
    /// Own words, shown to nobody else; `null` clears.
    #[serde(default)]
    #[schema(value_type = Option<schema::Remark>)]
    pub remark: Patch<String>,
    /// Whether they are a favourite; friends only.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub favourite: Option<bool>,
}

impl Relationship {
    /// One side as its user sees it, the other joined.
    #[must_use]
    pub fn of(side: &rooms::Relationship, users: &UserMap) -> Self {
        let user = users.card(side.other_id);
        Self {
            user,
            state: side.state.into(),
            remark: side.remark.clone(),
            favourite: side.favourite,
        }
    }
}

impl From<rooms::State> for RelationshipState {
    fn from(state: rooms::State) -> Self {
        match state {
            rooms::State::None => Self::None,
            rooms::State::Requested => Self::Requested,
            rooms::State::Pending => Self::Pending,
            rooms::State::Friends => Self::Friends,
            rooms::State::Blocked => Self::Blocked,
        }
    }
}

impl From<RelationshipState> for rooms::State {
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

impl From<RelationshipAction> for rooms::RelationshipAction {
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

impl From<RelationshipPatch> for rooms::RelationshipNotes {
    fn from(patch: RelationshipPatch) -> Self {
        Self {
            remark: patch.remark,
            favourite: patch.favourite,
        }
    }
}
