use base::{Direction, IdOrExternalId, PageSize, Result};
use store::{Page, Position, TenantStore};

use crate::actor::Actor;
use crate::messaging::access::open;
use crate::messaging::collections::{Conversation, Participant};

/// Who takes part in a conversation, for who takes part as well.
///
/// # Errors
/// 403 `not_a_participant`, 404 `conversation_not_found`.
pub async fn list(
    tenant: &TenantStore,
    actor: Actor,
    name: &IdOrExternalId<Conversation>,
    after: Option<Position>,
    direction: Direction,
    size: PageSize,
) -> Result<Page<Participant>> {
    let access = open(tenant, actor, name).await?;
    access.require_present()?;
    let query = Participant::by_conversation
        .eq(Participant::conversation_id, access.conversation.id)
        .eq(Participant::is_active, true);
    Ok(tenant
        .list(query.towards(direction).after(after).limit(size.get()))
        .await?)
}
