use std::collections::HashMap;

use base::{Id, Result};
use store::{Entity, Head, TenantStore};

use crate::messaging::collections::{Conversation, Message, Role};
use crate::messaging::mark::Receipts;
use crate::messaging::participant::Membership;
use crate::messaging::unread::{Counted, unread_of};
use crate::users::User;

/// A conversation as a user sees it.
#[derive(Debug, Clone)]
pub struct ConversationView {
    /// The conversation.
    pub conversation: Entity<Conversation>,
    /// The number of its log's last record.
    pub head_seq: i64,
    /// The last message of the main timeline, if the user may read it.
    pub last_message: Option<Entity<Message>>,
    /// The acting user's own part, when they take part now.
    pub mine: Option<MembershipView>,
    /// Whether the acting user took part and does not any more.
    pub is_past: bool,
}

/// A user's own part in a conversation.
#[derive(Debug, Clone, Copy)]
pub struct MembershipView {
    /// What they may do.
    pub role: Role,
    /// How far they have got.
    pub marks: Receipts,
    /// Messages they have not read, counted to [`base::limit::UNREAD_COUNTED`].
    pub unread: usize,
}

impl ConversationView {
    /// The two users of a direct conversation.
    #[must_use]
    pub fn direct_users(&self) -> Option<[Id<User>; 2]> {
        let (low, high) = self.conversation.direct_key.as_deref()?.split_once(':')?;
        Some([low.parse().ok()?, high.parse().ok()?])
    }
}

/// What is shown of several conversations beside themselves.
pub(super) struct Surroundings {
    user: Option<Id<User>>,
    heads: HashMap<Id<Conversation>, Head>,
    parts: HashMap<Id<Conversation>, Membership>,
    counted: HashMap<Id<Conversation>, Counted>,
    last: HashMap<Id<Conversation>, Entity<Message>>,
}

impl Surroundings {
    /// Reads them by a fixed number of statements; the conversations with
    /// these heads, and the user's parts in them.
    pub(super) async fn read(
        tenant: &TenantStore,
        user: Option<Id<User>>,
        heads: impl IntoIterator<Item = Head>,
        parts: Vec<Membership>,
    ) -> Result<Self> {
        let heads = heads
            .into_iter()
            .map(|head| (Id::new(head.log), head))
            .collect();
        let counted = async {
            match user {
                Some(user) if !parts.is_empty() => unread_of(tenant, user, &parts, &heads).await,
                _ => Ok(HashMap::new()),
            }
        };
        let (counted, last) = tokio::try_join!(counted, last_messages(tenant, heads.values()))?;
        let parts = parts
            .into_iter()
            .map(|part| (part.conversation_id, part))
            .collect();
        Ok(Self {
            user,
            heads,
            parts,
            counted,
            last,
        })
    }

    /// One of the conversations, with what is shown beside it.
    pub(super) fn view(&mut self, conversation: Entity<Conversation>) -> ConversationView {
        let part = self.parts.get(&conversation.id);
        let is_readable = |message: &Entity<Message>| {
            self.user.is_none() || part.is_some_and(|part| message.seq >= part.visible_from)
        };
        let mine = part.zip(self.counted.get(&conversation.id));
        ConversationView {
            head_seq: self.heads.get(&conversation.id).map_or(0, |head| head.seq),
            last_message: self.last.remove(&conversation.id).filter(is_readable),
            mine: mine.map(|(part, counted)| MembershipView {
                role: part.role,
                marks: counted.marks,
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
