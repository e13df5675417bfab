use std::collections::HashMap;

use base::{Direction, Id, PageSize, Result, Timestamp};
use store::{Head, TenantStore};

use super::view::{ConversationView, Surroundings};
use crate::messaging::collections::{Conversation, Message};
use crate::messaging::participant::{Membership, parts};
use crate::users::User;

/// Where a page of the conversation list ended: the last activity, then the id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ListPosition {
    /// When the last message of the last conversation was sent, or the conversation begun.
    pub active_at: Timestamp,
    /// The last conversation.
    pub id: Id<Conversation>,
}

/// A page of the conversation list.
#[derive(Debug, Clone)]
pub struct ListPage {
    /// The conversations.
    pub views: Vec<ConversationView>,
    /// Where to go on; `None` when there is nothing more.
    pub next: Option<ListPosition>,
    /// Where to go on in the other direction; `None` on a first page.
    pub prev: Option<ListPosition>,
}

/// The conversations that a user takes part in, forward the last active
/// first, by a number of statements that does not grow with theirs, but for
/// deleted ones among them: a page of these costs a round.
///
/// # Errors
/// When the store cannot answer.
pub async fn list(
    tenant: &TenantStore,
    user: Id<User>,
    after: Option<ListPosition>,
    direction: Direction,
    size: PageSize,
) -> Result<ListPage> {
    let parts = parts(tenant, user).await?;
    let ids: Vec<_> = parts.iter().map(|part| part.conversation_id).collect();
    let heads = tenant.heads::<Message>(&ids).await?;
    let parts: HashMap<_, _> = parts
        .into_iter()
        .map(|part| (part.conversation_id, part))
        .collect();
    let mut order: Vec<(ListPosition, &Head)> = heads
        .iter()
        .map(|head| (position(head, &parts), head))
        .collect();
    match direction {
        Direction::Forward => order.sort_unstable_by(|(one, _), (other, _)| other.cmp(one)),
        Direction::Backward => order.sort_unstable_by_key(|(position, _)| *position),
    }
    let behind = |after: ListPosition| {
        order.partition_point(|(position, _)| match direction {
            Direction::Forward => *position >= after,
            Direction::Backward => *position <= after,
        })
    };
    let mut rest = &order[after.map_or(0, behind)..];
    let mut views = Vec::with_capacity(size.get());
    let mut shown = Vec::with_capacity(size.get());
    // Deleted conversations are in the order still and leave room for others.
    while views.len() < size.get() && !rest.is_empty() {
        let page = &rest[..size.get().min(rest.len())];
        let ids: Vec<_> = page.iter().map(|(position, _)| position.id).collect();
        let mine = ids.iter().filter_map(|id| parts.get(id).copied()).collect();
        let conversations = async { Ok(tenant.get_many(&ids).await?) };
        let around = Surroundings::read(
            tenant,
            Some(user),
            page.iter().map(|(_, head)| **head),
            mine,
        );
        let (found, mut around) = tokio::try_join!(conversations, around)?;
        let mut found: HashMap<_, _> = found.into_iter().map(|it| (it.id, it)).collect();
        for (position, _) in page {
            if views.len() == size.get() {
                break;
            }
            rest = &rest[1..];
            if let Some(conversation) = found.remove(&position.id) {
                views.push(around.view(conversation));
                shown.push(*position);
            }
        }
    }
    Ok(ListPage {
        views,
        next: shown.last().filter(|_| !rest.is_empty()).copied(),
        prev: shown.first().filter(|_| after.is_some()).copied(),
    })
}

/// A conversation without a message counts from the user's joining.
fn position(head: &Head, parts: &HashMap<Id<Conversation>, Membership>) -> ListPosition {
    let id = Id::new(head.log);
    let joined = parts
        .get(&id)
        .map_or(head.created_at, |part| part.joined_at);
    ListPosition {
        active_at: head.shown.map_or(joined, |shown| shown.created_at),
        id,
    }
}
