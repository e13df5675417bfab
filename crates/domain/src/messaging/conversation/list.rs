use std::collections::HashMap;

use base::{Id, PageSize, Result, Timestamp};
use store::{Entity, Head, Tenant};

use super::view::{ConversationView, views};
use crate::messaging::collections::{Conversation, Message, Participant};
use crate::messaging::participant::parts;
use crate::users::User;

/// Where a page of the conversation list ended: the last activity, then the id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ListPosition {
    /// When the last message of the last conversation was sent, or the conversation begun.
    pub active_at: Timestamp,
    /// The last conversation.
    pub id: Id<Conversation>,
}

/// The conversations that a user takes part in, the last active first, by a
/// number of statements that does not grow with theirs.
///
/// # Errors
/// When the store cannot answer.
pub async fn list(
    tenant: &Tenant,
    user: Id<User>,
    after: Option<ListPosition>,
    size: PageSize,
) -> Result<(Vec<ConversationView>, Option<ListPosition>)> {
    let parts = parts(tenant, user).await?;
    let ids: Vec<_> = parts.iter().map(|part| part.conversation_id).collect();
    let heads = tenant.heads::<Message>(&ids).await?;
    let mut parts: HashMap<Id<Conversation>, Entity<Participant>> =
        parts.into_iter().map(|part| (part.conversation_id, part)).collect();
    let mut order: Vec<ListPosition> = heads.iter().map(|head| position(head, &parts)).collect();
    order.sort_unstable_by(|one, other| other.cmp(one));
    let start = after.map_or(0, |after| order.partition_point(|position| *position >= after));
    let page: Vec<ListPosition> = order.iter().skip(start).take(size.get()).copied().collect();
    let more = order.len() > start + page.len();
    let ids: Vec<_> = page.iter().map(|position| position.id).collect();
    let mut found: HashMap<_, _> = tenant.get_many(&ids).await?.into_iter().map(|found| (found.id, found)).collect();
    let entries = ids.iter().filter_map(|id| Some((found.remove(id)?, parts.remove(id)))).collect();
    Ok((views(tenant, Some(user), entries).await?, page.last().filter(|_| more).copied()))
}

/// A conversation without a message counts from the user's joining.
fn position(head: &Head, parts: &HashMap<Id<Conversation>, Entity<Participant>>) -> ListPosition {
    let id = Id::new(head.log);
    let joined = parts.get(&id).map_or(head.created_at, |part| part.joined_at);
    ListPosition { active_at: head.shown.map_or(joined, |shown| shown.created_at), id }
}
