//! What is told of a record: the present state of its object.

use std::collections::{HashMap, HashSet};

use base::{Id, Result};
use store::{Entity, TenantStore};

use super::collections::{Action, Conversation, Message, Participant, RecordKind};
use super::past::Past;
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
    /// A user may not take part any more, or may again.
    Ban {
        /// Whether they are banned.
        is_banned: bool,
        /// Who.
        user: Id<User>,
        /// Who did it.
        by: Option<Id<User>>,
    },
    /// A user was erased: what they wrote here is wiped.
    UserErased(Id<User>),
    /// Messages up to this one are wiped because of their age.
    MessagesExpired(Id<Message>),
    /// The conversation began.
    ConversationCreated(Entity<Conversation>),
    /// The conversation was changed.
    ConversationUpdated(Entity<Conversation>),
    /// The conversation was deleted.
    ConversationDeleted(Entity<Conversation>),
}

/// What the record at a place of a log tells.
#[derive(Debug, Clone)]
pub struct LogEvent {
    /// The log.
    pub conversation_id: Id<Conversation>,
    /// The record's number in it.
    pub seq: i64,
    /// What it tells.
    pub event: Event,
    /// Whether it is told to one who does not take part any more.
    pub is_past: bool,
}

impl LogEvent {
    /// The same record without what it tells, for who may not see it.
    pub(super) fn hidden(self) -> Self {
        Self {
            event: Event::Hidden,
            ..self
        }
    }
}

/// The events of records of any conversations, in the order of the records,
/// by at most three statements whatever their number.
///
/// # Errors
/// When the store cannot answer.
pub async fn events(tenant: &TenantStore, records: Vec<Entity<Message>>) -> Result<Vec<LogEvent>> {
    events_as_of(tenant, records, None).await
}

/// The same as a past participant sees them.
pub(super) async fn events_as_of(
    tenant: &TenantStore,
    records: Vec<Entity<Message>>,
    past: Option<Past>,
) -> Result<Vec<LogEvent>> {
    let objects = Objects {
        past,
        ..Objects::load(tenant, &records).await?
    };
    let told = |record: Entity<Message>| {
        let conversation_id = record.conversation_id;
        let seq = record.seq;
        LogEvent {
            conversation_id,
            seq,
            event: objects.event(record),
            is_past: past.is_some(),
        }
    };
    Ok(records.into_iter().map(told).collect())
}

/// The state of what records are about.
struct Objects {
    /// As of when, if not as of now.
    past: Option<Past>,
    messages: HashMap<Id<Message>, Entity<Message>>,
    parts: HashMap<(Id<Conversation>, Id<User>), Entity<Participant>>,
    conversations: HashMap<Id<Conversation>, Entity<Conversation>>,
}

impl Objects {
    async fn load(tenant: &TenantStore, records: &[Entity<Message>]) -> Result<Self> {
        let messages: HashSet<_> = records
            .iter()
            .filter_map(|record| record.object_id)
            .collect();
        let messages = tenant
            .get_many(&messages.into_iter().collect::<Vec<_>>())
            .await?;
        let moved = records
            .iter()
            .filter(|record| record.kind == RecordKind::Participant);
        let moved: HashSet<_> = moved
            .filter_map(|record| Some((record.conversation_id, record.user_id?)))
            .collect();
        let part = |(conversation, user): &(Id<Conversation>, Id<User>)| {
            let of_one = Participant::membership.eq(Participant::conversation_id, *conversation);
            of_one.eq(Participant::user_id, *user)
        };
        let parts = tenant
            .list_each(moved.iter().map(part).collect(), moved.len())
            .await?;
        let whole = records
            .iter()
            .filter(|it| matches!(it.kind, RecordKind::Creation | RecordKind::Settings));
        let whole: Vec<_> = whole.map(|record| record.conversation_id).collect();
        let conversations = tenant.get_many_with_deleted(&whole).await?;
        Ok(Self {
            past: None,
            messages: messages
                .into_iter()
                .map(|message| (message.id, message))
                .collect(),
            parts: parts
                .into_iter()
                .map(|part| ((part.conversation_id, part.user_id), part))
                .collect(),
            conversations: conversations.into_iter().map(|it| (it.id, it)).collect(),
        })
    }

    fn event(&self, record: Entity<Message>) -> Event {
        let told = match record.kind {
            RecordKind::Message => Some(Event::MessageNew(self.seen(record))),
            RecordKind::Edit => self.message(&record).map(Event::MessageUpdated),
            RecordKind::Deletion => self.message(&record).map(Event::MessageDeleted),
            RecordKind::Reaction => self.reaction(&record),
            RecordKind::Participant => self.participant(&record),
            RecordKind::Ban => record.user_id.map(|user| Event::Ban {
                is_banned: record.action == Some(Action::Added),
                user,
                by: record.sender_id,
            }),
            RecordKind::Erasure => record.user_id.map(Event::UserErased),
            // Nobody is told who blocks whom.
            RecordKind::Block => None,
            RecordKind::Expiry => record.object_id.map(Event::MessagesExpired),
            RecordKind::Creation => self.conversation(&record).map(Event::ConversationCreated),
            RecordKind::Settings => self.conversation(&record).map(match record.action {
                Some(Action::Removed) => Event::ConversationDeleted,
                _ => Event::ConversationUpdated,
            }),
        };
        told.unwrap_or(Event::Hidden)
    }

    fn message(&self, record: &Message) -> Option<Entity<Message>> {
        self.messages
            .get(&record.object_id?)
            .cloned()
            .map(|message| self.seen(message))
    }

    fn seen(&self, message: Entity<Message>) -> Entity<Message> {
        match self.past {
            Some(past) => past.message(message),
            None => message,
        }
    }

    fn conversation(&self, record: &Message) -> Option<Entity<Conversation>> {
        let conversation = self.conversations.get(&record.conversation_id).cloned()?;
        Some(match self.past {
            Some(past) => past.conversation(conversation),
            None => conversation,
        })
    }

    fn reaction(&self, record: &Message) -> Option<Event> {
        let message = self.message(record)?;
        let emoji = record.emoji.clone()?;
        Some(Event::Reaction {
            added: record.action == Some(Action::Added),
            message,
            emoji,
            user: record.sender_id,
        })
    }

    fn participant(&self, record: &Entity<Message>) -> Option<Event> {
        let participant = self
            .parts
            .get(&(record.conversation_id, record.user_id?))?
            .clone();
        let participant = match self.past {
            Some(past) => past.participant(participant, record),
            None => participant,
        };
        Some(Event::Participant {
            action: record.action?,
            participant,
            by: record.sender_id,
        })
    }
}
