use base::{Direction, IdOrExternalId, Result};
use store::TenantStore;

use super::view::{ConversationView, Surroundings};
use crate::actor::Actor;
use crate::messaging::access::{Access, open};
use crate::messaging::collections::{Conversation, Message};
use crate::messaging::history::timeline;
use crate::messaging::participant::Membership;

/// A conversation as the actor sees it.
///
/// # Errors
/// 404 `conversation_not_found` when there is none, or none the actor may know of.
pub async fn get(
    tenant: &TenantStore,
    actor: Actor,
    name: &IdOrExternalId<Conversation>,
) -> Result<ConversationView> {
    let access = open(tenant, actor, name).await?;
    let part = access
        .part
        .as_ref()
        .filter(|part| part.is_active)
        .map(Membership::from);
    let heads = tenant.heads::<Message>(&[access.conversation.id]).await?;
    if access.past().is_some() {
        return past(tenant, access).await;
    }
    let mut around =
        Surroundings::read(tenant, actor.user().ok(), heads, part.into_iter().collect()).await?;
    Ok(around.view(access.conversation))
}

/// A conversation as of the record by which the actor left.
async fn past(tenant: &TenantStore, access: Access) -> Result<ConversationView> {
    let head_seq = access
        .past()
        .map_or(access.head, |past| past.last().min(access.head));
    let last = timeline(tenant, &access, None, Direction::Backward, 1).await?;
    let last_message = last.messages.into_iter().next();
    Ok(ConversationView {
        conversation: access.conversation,
        head_seq,
        last_message,
        mine: None,
        is_past: true,
    })
}
