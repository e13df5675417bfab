use base::{IdOrExternalId, Result};
use store::{AppendError, TenantStore};

use super::remove::end;
use super::{TRIES, not_found, refuse_direct};
use crate::actor::Actor;
use crate::messaging::access::{Rule, open};
use crate::messaging::collections::Conversation;

/// Ends the acting user's part in a group or channel.
///
/// # Errors
/// 403 `not_a_participant`, 404, 409 `state_conflict` for a direct one, 409 `last_owner`
/// for the last owner while others take part.
pub async fn leave(
    tenant: &TenantStore,
    actor: Actor,
    name: &IdOrExternalId<Conversation>,
) -> Result<()> {
    for _ in 0..TRIES {
        let access = open(tenant, actor, name).await?;
        access.require(Rule::Participate)?;
        refuse_direct(&access.conversation)?;
        let part = access.part.clone().ok_or_else(not_found)?;
        match end(tenant, &access, &part, Rule::Participate).await {
            Err(AppendError::PreconditionFailed { .. } | AppendError::Behind) => {}
            Err(error) => return Err(error.into()),
            Ok(()) => return Ok(()),
        }
    }
    Err(AppendError::Behind.into())
}
