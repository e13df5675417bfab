use std::collections::HashMap;
use std::ops::Bound;

use base::{Direction, ExternalId, Id, IdOrExternalId, PageSize, Result, Timestamp};
use store::{Entity, Head, Page, Position, Query, TenantStore};

use crate::actor::Actor;
use crate::messaging::access::{Access, open};
use crate::messaging::collections::{Conversation, ConversationType, Message, Role};
use crate::messaging::history::timeline;
use crate::messaging::participant::{Membership, memberships};
use crate::messaging::receipts::Receipts;
use crate::messaging::unread::{UnreadCount, unread_of};
use crate::users::User;

/// A conversation as an actor sees it.
#[derive(Debug, Clone)]
pub struct ConversationView {
    /// The conversation.
    pub conversation: Entity<Conversation>,
    /// Sequence number of the log's last record.
    pub head_seq: i64,
    /// Last message of the main timeline, if the user may read it.
    pub last_message: Option<Entity<Message>>,
    /// The acting user's membership; `None` if they are not a current participant.
    pub membership: Option<MembershipView>,
    /// Whether the acting user is a former participant.
    pub is_past: bool,
}

/// The acting user's membership, receipts and unread count in a conversation.
#[derive(Debug, Clone, Copy)]
pub struct MembershipView {
    /// Role of the user.
    pub role: Role,
    /// Receipts of the user.
    pub receipts: Receipts,
    /// Unread messages, at most [`base::limit::UNREAD_COUNTED`].
    pub unread: usize,
}

impl ConversationView {
    /// Returns the two users of a direct conversation.
    #[must_use]
    pub fn direct_users(&self) -> Option<[Id<User>; 2]> {
        let (low, high) = self.conversation.direct_key.as_deref()?.split_once(':')?;
        Some([low.parse().ok()?, high.parse().ok()?])
    }
}

/// Data shown with several conversations.
pub(super) struct ViewContext {
    user: Option<Id<User>>,
    heads: HashMap<Id<Conversation>, Head>,
    members: HashMap<Id<Conversation>, Membership>,
    counted: HashMap<Id<Conversation>, UnreadCount>,
    last: HashMap<Id<Conversation>, Entity<Message>>,
}

impl ViewContext {
    /// Reads the data by a fixed number of statements, for the conversations of these heads and the
    /// user's memberships.
    pub(super) async fn read(
        tenant: &TenantStore,
        user: Option<Id<User>>,
        heads: impl IntoIterator<Item = Head>,
        members: Vec<Membership>,
    ) -> Result<Self> {
        let heads = heads
            .into_iter()
            .map(|head| (Id::new(head.log), head))
            .collect();
        let counted = async {
            match user {
                Some(user) if !members.is_empty() => {
                    unread_of(tenant, user, &members, &heads).await
                }
                _ => Ok(HashMap::new()),
            }
        };
        let (counted, last) = tokio::try_join!(counted, last_messages(tenant, heads.values()))?;
        let members = members
            .into_iter()
            .map(|member| (member.conversation_id, member))
            .collect();
        Ok(Self {
            user,
            heads,
            members,
            counted,
            last,
        })
    }

    /// Returns the view of one conversation.
    pub(super) fn view(&mut self, conversation: Entity<Conversation>) -> ConversationView {
        let member = self.members.get(&conversation.id);
        let is_readable = |message: &Entity<Message>| {
            self.user.is_none() || member.is_some_and(|member| message.seq >= member.visible_from)
        };
        let membership = member.zip(self.counted.get(&conversation.id));
        ConversationView {
            head_seq: self.heads.get(&conversation.id).map_or(0, |head| head.seq),
            last_message: self.last.remove(&conversation.id).filter(is_readable),
            membership: membership.map(|(member, counted)| MembershipView {
                role: member.role,
                receipts: counted.receipts,
                unread: counted.unread,
            }),
            conversation,
            is_past: false,
        }
    }
}

async fn last_messages(
    tenant: &TenantStore,
    heads: impl Iterator<Item = &Head>,
) -> Result<HashMap<Id<Conversation>, Entity<Message>>> {
    let ids: Vec<Id<Message>> = heads
        .filter_map(|head| head.shown)
        .map(|shown| Id::new(shown.id))
        .collect();
    let messages = tenant.get_many(&ids).await?;
    Ok(messages
        .into_iter()
        .map(|message| (message.conversation_id, message))
        .collect())
}

/// Returns a conversation as the actor sees it.
///
/// # Errors
/// 404 `conversation_not_found` if it does not exist or the actor may not know of it.
pub async fn get(
    tenant: &TenantStore,
    actor: Actor,
    name: &IdOrExternalId<Conversation>,
) -> Result<ConversationView> {
    let access = open(tenant, actor, name).await?;
    let member = access
        .member
        .as_ref()
        .filter(|member| member.is_active)
        .map(Membership::from);
    let heads = tenant.heads::<Message>(&[access.conversation.id]).await?;
    if access.past().is_some() {
        return past(tenant, access).await;
    }
    let mut context = ViewContext::read(
        tenant,
        actor.user().ok(),
        heads,
        member.into_iter().collect(),
    )
    .await?;
    Ok(context.view(access.conversation))
}

/// Returns a conversation as of the record by which the actor left.
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
        membership: None,
        is_past: true,
    })
}

/// Position in the conversation list: last activity, then id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ListPosition {
    /// Time of the last message, or of the user's join.
    pub active_at: Timestamp,
    /// Id of the conversation.
    pub id: Id<Conversation>,
}

/// A page of the conversation list.
#[derive(Debug, Clone)]
pub struct ListPage {
    /// The conversations.
    pub views: Vec<ConversationView>,
    /// Position of the next page; `None` on the last page.
    pub next: Option<ListPosition>,
    /// Position of the previous page; `None` on the first page.
    pub prev: Option<ListPosition>,
}

/// Filter of the conversations of a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TenantFilter {
    /// All conversations, newest first.
    All,
    /// Conversations of this type, newest first.
    OfType(ConversationType),
    /// Conversations whose external id begins with this text, by external id.
    ExternalIdPrefix(ExternalId),
}

impl TenantFilter {
    fn query(&self, direction: Direction) -> Query<Conversation> {
        let newest_first = match direction {
            Direction::Forward => Direction::Backward,
            Direction::Backward => Direction::Forward,
        };
        match self {
            Self::All => Conversation::by_created.all().towards(newest_first),
            Self::OfType(kind) => Conversation::by_type
                .eq(Conversation::r#type, *kind)
                .towards(newest_first),
            Self::ExternalIdPrefix(prefix) => {
                let first = Bound::Included(prefix.clone());
                let last = Bound::Included(prefix.last_with_prefix());
                Conversation::by_external_id
                    .all()
                    .between(Conversation::external_id, first, last)
                    .towards(direction)
            }
        }
    }
}

/// Returns a page of the tenant's conversations; forward means in the order of the filter.
///
/// # Errors
/// When the store is unavailable.
pub async fn list_all(
    tenant: &TenantStore,
    filter: &TenantFilter,
    after: Option<Position>,
    direction: Direction,
    size: PageSize,
) -> Result<Page<Conversation>> {
    let query = filter.query(direction).limit(size.get()).after(after);
    Ok(tenant.list(query).await?)
}

/// Returns conversations as the tenant's server sees them, with two statements.
///
/// # Errors
/// When the store is unavailable.
pub async fn views(
    tenant: &TenantStore,
    conversations: Vec<Entity<Conversation>>,
) -> Result<Vec<ConversationView>> {
    let ids: Vec<_> = conversations.iter().map(|found| found.id).collect();
    let heads = tenant.heads::<Message>(&ids).await?;
    let mut context = ViewContext::read(tenant, None, heads, Vec::new()).await?;
    Ok(conversations
        .into_iter()
        .map(|conversation| context.view(conversation))
        .collect())
}

/// Returns a page of a user's conversations as the actor sees them; forward means last active
/// first. The number of statements does not depend on the page size. A page of deleted
/// conversations costs one more round.
///
/// # Errors
/// When the store is unavailable.
pub async fn list(
    tenant: &TenantStore,
    actor: Actor,
    user: Id<User>,
    after: Option<ListPosition>,
    direction: Direction,
    size: PageSize,
) -> Result<ListPage> {
    let members = memberships(tenant, user).await?;
    let ids: Vec<_> = members
        .iter()
        .map(|member| member.conversation_id)
        .collect();
    let heads = tenant.heads::<Message>(&ids).await?;
    let members: HashMap<_, _> = members
        .into_iter()
        .map(|member| (member.conversation_id, member))
        .collect();
    let order = by_activity(&heads, &members, direction);
    let index_after = |after: ListPosition| {
        order.partition_point(|(position, _)| match direction {
            Direction::Forward => *position >= after,
            Direction::Backward => *position <= after,
        })
    };
    let mut rest = &order[after.map_or(0, index_after)..];
    let mut views = Vec::with_capacity(size.get());
    let mut shown = Vec::with_capacity(size.get());
    // The order includes deleted conversations; fill the page with the next ones.
    while views.len() < size.get() && !rest.is_empty() {
        let page = &rest[..size.get().min(rest.len())];
        let ids: Vec<_> = page.iter().map(|(position, _)| position.id).collect();
        let own = ids
            .iter()
            .filter_map(|id| members.get(id).copied())
            .collect();
        let conversations = async { Ok(tenant.get_many(&ids).await?) };
        let heads = page.iter().map(|(_, head)| **head);
        let context = ViewContext::read(tenant, actor.user().ok(), heads, own);
        let (found, mut context) = tokio::try_join!(conversations, context)?;
        let mut found: HashMap<_, _> = found
            .into_iter()
            .map(|conversation| (conversation.id, conversation))
            .collect();
        for (position, _) in page {
            if views.len() == size.get() {
                break;
            }
            rest = &rest[1..];
            if let Some(conversation) = found.remove(&position.id) {
                views.push(context.view(conversation));
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

/// Returns the heads with their list positions, in the order of the list.
fn by_activity<'h>(
    heads: &'h [Head],
    members: &HashMap<Id<Conversation>, Membership>,
    direction: Direction,
) -> Vec<(ListPosition, &'h Head)> {
    let mut order: Vec<_> = heads
        .iter()
        .map(|head| (position(head, members), head))
        .collect();
    match direction {
        Direction::Forward => order.sort_unstable_by(|(one, _), (other, _)| other.cmp(one)),
        Direction::Backward => order.sort_unstable_by_key(|(position, _)| *position),
    }
    order
}

/// Returns the list position. A conversation without messages counts as active since the user
/// joined.
fn position(head: &Head, members: &HashMap<Id<Conversation>, Membership>) -> ListPosition {
    let id = Id::new(head.log);
    let joined = members
        .get(&id)
        .map_or(head.created_at, |member| member.joined_at);
    ListPosition {
        active_at: head.shown.map_or(joined, |shown| shown.created_at),
        id,
    }
}
