use base::{ExternalId, Id, Timestamp};
use store::Entity;

use super::{Role, User};

/// What is remembered of a user: how others see them, and whether they may act.
#[derive(Clone, Debug)]
pub struct UserSummary {
    /// The user.
    pub id: Id<User>,
    /// The tenant's own id.
    pub external_id: Option<ExternalId>,
    /// What others see.
    pub display_name: Option<String>,
    /// A picture.
    pub avatar_url: Option<String>,
    /// What the roles come to.
    pub role: Role,
    /// Whether the user may do anything; false also when deleted.
    pub is_active: bool,
    /// Whether the user was deleted: still shown as author, found by nobody.
    pub is_deleted: bool,
    /// Tokens issued before this moment are refused.
    pub tokens_revoked_before: Option<Timestamp>,
    /// The generation that tokens minted for the user must be of.
    pub token_generation: i64,
}

impl From<&Entity<User>> for UserSummary {
    fn from(user: &Entity<User>) -> Self {
        let is_deleted = user.deleted_at.is_some();
        Self {
            id: user.id,
            external_id: user.external_id.clone(),
            display_name: user.name.clone(),
            avatar_url: user.avatar_url.clone(),
            role: Role::of(&user.roles.0),
            is_active: user.is_active && !is_deleted,
            is_deleted,
            tokens_revoked_before: user.tokens_revoked_before,
            token_generation: user.token_generation.unwrap_or(0),
        }
    }
}
