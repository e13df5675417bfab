use base::{IdOrExternalId, Result};
use store::{AppendError, TenantStore};

use super::{TRIES, find, not_banned};
use crate::actor::Actor;
use crate::messaging::access::{Rule, open};
use crate::messaging::collections::{Action, Conversation};
use crate::messaging::record::{append, ban};
use crate::users::{self, User};

/// Lifts a ban: an admin of the conversation, or the tenant's server. The user
/// does not take part by that, but may join or be added again.
///
/// # Errors
/// 403 `role_not_allowed` or `not_a_participant`, 404
/// `conversation_not_found`, `user_not_found` or `ban_not_found`.
pub async fn lift(
    tenant: &TenantStore,
    actor: Actor,
    name: &IdOrExternalId<Conversation>,
    user: &IdOrExternalId<User>,
) -> Result<()> {
    for _ in 0..TRIES {
        let access = open(tenant, actor, name).await?;
        access.require(Rule::Manage)?;
        let conversation = access.conversation.id;
        let user = users::resolve_even_deleted(tenant, user).await?.id;
        let present = find(tenant, conversation, user)
            .await?
            .ok_or_else(not_banned)?;
        let handle = tenant.clone();
        let guard = access.guard(Rule::Manage, move |_| {
            let mut batch = handle.batch();
            batch.remove(present.id, true);
            Ok(batch)
        });
        let record = ban(conversation, access.acting_user(), user, Action::Removed);
        match append(tenant, record, access.head, guard).await {
            Err(AppendError::PreconditionFailed { .. } | AppendError::Behind) => {}
            Err(error) => return Err(error.into()),
            Ok(_) => return Ok(()),
        }
    }
    Err(AppendError::Behind.into())
}
