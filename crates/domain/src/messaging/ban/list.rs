use base::{Direction, IdOrExternalId, PageSize, Result};
use store::{Page, Position, TenantStore};

use super::Ban;
use crate::actor::Actor;
use crate::messaging::access::{Rule, open};
use crate::messaging::collections::Conversation;

/// Returns a page of the bans of a conversation, for those who may lift them.
///
/// # Errors
/// 403 `role_not_allowed` or `not_a_participant`, 404 `conversation_not_found`.
pub async fn list(
    tenant: &TenantStore,
    actor: Actor,
    name: &IdOrExternalId<Conversation>,
    after: Option<Position>,
    direction: Direction,
    size: PageSize,
) -> Result<Page<Ban>> {
    let access = open(tenant, actor, name).await?;
    access.require(Rule::Manage)?;
    let query = Ban::by_conversation.eq(Ban::conversation_id, access.conversation.id);
    Ok(tenant
        .list(query.towards(direction).after(after).limit(size.get()))
        .await?)
}
