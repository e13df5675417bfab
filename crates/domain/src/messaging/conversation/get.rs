use base::{Named, Result};
use store::Tenant;

use super::view::{ConversationView, views};
use crate::actor::Actor;
use crate::messaging::access::open;
use crate::messaging::collections::Conversation;

/// A conversation as the actor sees it.
///
/// # Errors
/// 404 `conversation_not_found` when there is none, or none the actor may know of.
pub async fn get(tenant: &Tenant, actor: Actor, name: &Named<Conversation>) -> Result<ConversationView> {
    let access = open(tenant, actor, name).await?;
    let part = access.part.clone().filter(|part| part.is_active);
    let view = views(tenant, actor.user().ok(), vec![(access.conversation, part)]).await?.pop();
    view.ok_or_else(crate::messaging::access::not_found)
}
