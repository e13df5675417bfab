//! What is told of a record: the present state of its object.

use std::collections::{HashMap, HashSet};

use base::{Id, Result};
use store::{Entity, Tenant};

use super::collections::{Action, Conversation, Message, Participant, RecordKind};
use crate::users::User;

/// What a record tells. It never depends on who reads it.
#[derive(Debug, Clone)]
pub enum Event {
    /// Something this version does not know, or whose object is gone.
    Hidden,
    /// A message came.
    MessageNew(Entity<Message>),
    /// A message was edited.
    MessageUpdated(Entity<Message>),
    /// A message was deleted; it is a tombstone.
    MessageDeleted(Entity<Message>),
    /// A reaction came or went.
    Reaction {
        /// Whether it came.
        added: bool,
        /// The message with its present counts.
        message: Entity<Message>,
        /// The reaction.
        emoji: String,
        /// Whose.
        user: Option<Id<User>>,
    },
    /// A participant came, went or got another role.
    Participant {
        /// Which.
        action: Action,
        /// Their part at present.
        participant: Entity<Participant>,
        /// Who did it.
        by: Option<Id<User>>,
    },
    /// The conversation began.
    ConversationCreated(Entity<Conversation>),
    /// The conversation was changed.
    ConversationUpdated(Entity<Conversation>),
    /// The conversation was deleted.
    ConversationDeleted(Entity<Conversation>),
}

/// The events of records of one conversation, in their order, by at most
/// three statements whatever their number.
///
/// # Errors
/// When the store cannot answer.
pub async fn events(tenant: &Tenant, records: Vec<Entity<Message>>) -> Result<Vec<(i64, Event)>> {
    let Some(conversation) = records.first().map(|record| record.conversation_id) else { return Ok(Vec::new()) };
    let objects = Objects::load(tenant, conversation, &records).await?;
    Ok(records.into_iter().map(|record| (record.seq, objects.event(record))).collect())
}

/// The present state of what records are about.
struct Objects {
    messages: HashMap<Id<Message>, Entity<Message>>,
    parts: HashMap<Id<User>, Entity<Participant>>,
    conversation: Option<Entity<Conversation>>,
}

impl Objects {
    async fn load(tenant: &Tenant, conversation: Id<Conversation>, records: &[Entity<Message>]) -> Result<Self> {
        let messages: HashSet<_> = records.iter().filter_map(|record| record.object_id).collect();
        let messages = tenant.get_many(&messages.into_iter().collect::<Vec<_>>()).await?;
        let users: HashSet<_> = records
            .iter()
            .filter(|record| record.kind == RecordKind::Participant)
            .filter_map(|record| record.user_id)
            .collect();
        let query = Participant::membership.eq(Participant::conversation_id, conversation);
        let parts = tenant.list(query.one_of(Participant::user_id, users.iter().copied()).limit(users.len())).await?;
        let needed = records.iter().any(|record| matches!(record.kind, RecordKind::Creation | RecordKind::Settings));
        let conversation = if needed { tenant.get_many_with_deleted(&[conversation]).await?.pop() } else { None };
        Ok(Self {
            messages: messages.into_iter().map(|message| (message.id, message)).collect(),
            parts: parts.items.into_iter().map(|part| (part.user_id, part)).collect(),
            conversation,
        })
    }

    fn event(&self, record: Entity<Message>) -> Event {
        let told = match record.kind {
            RecordKind::Message => Some(Event::MessageNew(record)),
            RecordKind::Edit => self.message(&record).map(Event::MessageUpdated),
            RecordKind::Deletion => self.message(&record).map(Event::MessageDeleted),
            RecordKind::Reaction => self.reaction(&record),
            RecordKind::Participant => self.participant(&record),
            RecordKind::Creation => self.conversation.clone().map(Event::ConversationCreated),
            RecordKind::Settings => self.conversation.clone().map(match record.action {
                Some(Action::Removed) => Event::ConversationDeleted,
                _ => Event::ConversationUpdated,
            }),
        };
        told.unwrap_or(Event::Hidden)
    }

    fn message(&self, record: &Message) -> Option<Entity<Message>> {
        self.messages.get(&record.object_id?).cloned()
    }

    fn reaction(&self, record: &Message) -> Option<Event> {
        let (message, emoji) = (self.message(record)?, record.emoji.clone()?);
        Some(Event::Reaction { added: record.action == Some(Action::Added), message, emoji, user: record.sender_id })
    }

    fn participant(&self, record: &Message) -> Option<Event> {
        let participant = self.parts.get(&record.user_id?)?.clone();
        Some(Event::Participant { action: record.action?, participant, by: record.sender_id })
    }
}
