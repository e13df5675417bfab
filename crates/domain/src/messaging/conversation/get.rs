use base::{Named, Result};
use store::Tenant;

use super::view::{ConversationView, Surroundings};
use crate::actor::Actor;
use crate::messaging::access::open;
use crate::messaging::collections::{Conversation, Message};
use crate::messaging::participant::Part;

/// A conversation as the actor sees it.
///
/// # Errors
/// 404 `conversation_not_found` when there is none, or none the actor may know of.
pub async fn get(tenant: &Tenant, actor: Actor, name: &Named<Conversation>) -> Result<ConversationView> {
    let access = open(tenant, actor, name).await?;
    let part = access.part.as_ref().filter(|part| part.is_active).map(Part::from);
    let heads = tenant.heads::<Message>(&[access.conversation.id]).await?;
    let mut around = Surroundings::read(tenant, actor.user().ok(), heads, part.into_iter().collect()).await?;
    Ok(around.view(access.conversation))
}
