use base::{Id, Result};
use store::TenantStore;

use super::access::{Rule, open_id};
use super::collections::Conversation;
use crate::users::User;

/// Lets a user through who may write in a conversation now, for what is of the
/// moment; a message is held to this as of the record it stands behind.
///
/// # Errors
/// 403 `not_a_participant` or `user_blocked`, 404 `conversation_not_found`.
pub async fn may_speak(
    tenant: &TenantStore,
    user: Id<User>,
    conversation: Id<Conversation>,
) -> Result<()> {
    open_id(tenant, crate::Actor::User(user), conversation)
        .await?
        .require(Rule::Speak)
}
