use std::collections::HashMap;

use base::{Id, Result};
use store::{Entity, Head, Tenant};

use crate::messaging::collections::{Conversation, Message, Participant, Role};
use crate::messaging::mark::Marks;
use crate::messaging::unread::unread_of;
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
    pub mine: Option<Mine>,
}

/// A user's own part in a conversation.
#[derive(Debug, Clone, Copy)]
pub struct Mine {
    /// What they may do.
    pub role: Role,
    /// How far they have got.
    pub marks: Marks,
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

/// Several conversations as a user sees them, by a fixed number of statements.
pub(super) async fn views(
    tenant: &Tenant,
    user: Option<Id<User>>,
    conversations: Vec<(Entity<Conversation>, Option<Entity<Participant>>)>,
) -> Result<Vec<ConversationView>> {
    let ids: Vec<_> = conversations.iter().map(|(conversation, _)| conversation.id).collect();
    let heads = tenant.heads::<Message>(&ids).await?;
    let heads: HashMap<Id<Conversation>, Head> = heads.into_iter().map(|head| (Id::new(head.log), head)).collect();
    let parts: Vec<_> = conversations
        .iter()
        .filter_map(|(_, part)| part.as_ref())
        .map(|part| (part.conversation_id, part.visible_from.get()))
        .collect();
    let counted = async {
        match user {
            Some(user) if !parts.is_empty() => unread_of(tenant, user, &parts, &heads).await,
            _ => Ok(HashMap::new()),
        }
    };
    let (counted, mut last) = tokio::try_join!(counted, last_messages(tenant, heads.values()))?;
    let view = |(conversation, part): (Entity<Conversation>, Option<Entity<Participant>>)| {
        let from = part.as_ref().map(|part| part.visible_from.get());
        let readable = |message: &Entity<Message>| user.is_none() || from.is_some_and(|from| message.seq >= from);
        let mine = part.zip(counted.get(&conversation.id));
        ConversationView {
            head_seq: heads.get(&conversation.id).map_or(0, |head| head.seq),
            last_message: last.remove(&conversation.id).filter(readable),
            mine: mine.map(|(part, counted)| Mine { role: part.role, marks: counted.marks, unread: counted.unread }),
            conversation,
        }
    };
    Ok(conversations.into_iter().map(view).collect())
}

async fn last_messages(
    tenant: &Tenant,
    heads: impl Iterator<Item = &Head>,
) -> Result<HashMap<Id<Conversation>, Entity<Message>>> {
    let ids: Vec<Id<Message>> = heads.filter_map(|head| head.shown).map(|shown| Id::new(shown.id)).collect();
    let messages = tenant.get_many(&ids).await?;
    Ok(messages.into_iter().map(|message| (message.conversation_id, message)).collect())
}
