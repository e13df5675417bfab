//! Events: a log record combined with the current state of its object.

use std::collections::{HashMap, HashSet};

use base::{Id, Result};
use store::{Entity, TenantStore};

use super::attachments::load_file_details;
use super::collections::{Action, Conversation, Message, Participant, RecordKind};
use super::past::PastView;
use crate::users::User;

/// Content of an event. Independent of the reader.
#[derive(Debug, Clone)]
pub enum Event {
    /// Record without a visible event: unknown to this version, or its object no longer exists.
    Hidden,
    /// A message was sent.
    MessageNew(Entity<Message>),
    /// A message was edited.
    MessageUpdated(Entity<Message>),
    /// A message was deleted; the message is a tombstone.
    MessageDeleted(Entity<Message>),
    /// A reaction was added or removed.
    Reaction {
        /// Whether it was added.
        added: bool,
        /// The message with its current counts.
        message: Entity<Message>,
        /// The reaction.
        emoji: String,
        /// The user who reacted.
        user: Option<Id<User>>,
    },
    /// A participant was added, removed or given another role.
    Participant {
        /// Effect on the participant.
        action: Action,
        /// The current membership.
        participant: Entity<Participant>,
        /// The user who caused it; `None` for the tenant's server.
        by: Option<Id<User>>,
    },
    /// A ban was set or lifted.
    Ban {
        /// Whether the user is banned now.
        is_banned: bool,
        /// The banned user.
        user: Id<User>,
        /// The user who caused it; `None` for the tenant's server.
        by: Option<Id<User>>,
    },
    /// A user was erased; their messages in this conversation are redacted.
    UserErased(Id<User>),
    /// Retention has redacted the messages up to this one.
    MessagesExpired(Id<Message>),
    /// The conversation was created.
    ConversationCreated(Entity<Conversation>),
    /// The conversation was changed.
    ConversationUpdated(Entity<Conversation>),
    /// The conversation was deleted.
    ConversationDeleted(Entity<Conversation>),
}

/// The event of one log record.
#[derive(Debug, Clone)]
pub struct LogEvent {
    /// The conversation that owns the log.
    pub conversation_id: Id<Conversation>,
    /// Sequence number of the record.
    pub seq: i64,
    /// The event.
    pub event: Event,
    /// Whether the reader is a former participant.
    pub is_past: bool,
    /// The participant who may not see the event.
    pub hidden_from: Option<Id<User>>,
}

impl Event {
    /// Returns the message that the event shows, if there is one.
    fn message(&self) -> Option<&Entity<Message>> {
        match self {
            Self::MessageNew(message)
            | Self::MessageUpdated(message)
            | Self::MessageDeleted(message)
            | Self::Reaction { message, .. } => Some(message),
            _ => None,
        }
    }

    /// Returns the message that the event shows, if there is one.
    fn message_mut(&mut self) -> Option<&mut Entity<Message>> {
        match self {
            Self::MessageNew(message)
            | Self::MessageUpdated(message)
            | Self::MessageDeleted(message)
            | Self::Reaction { message, .. } => Some(message),
            _ => None,
        }
    }
}

impl LogEvent {
    /// Returns the same record as hidden, for readers without access.
    pub(super) fn hidden(self) -> Self {
        Self {
            event: Event::Hidden,
            ..self
        }
    }
}

/// Returns the events of records of any conversations, in the order of the records. Uses at most
/// four statements.
///
/// # Errors
/// When the store is unavailable.
pub async fn events(tenant: &TenantStore, records: Vec<Entity<Message>>) -> Result<Vec<LogEvent>> {
    events_as_of(tenant, records, None).await
}

/// Returns the events as a former participant sees them.
pub(super) async fn events_as_of(
    tenant: &TenantStore,
    records: Vec<Entity<Message>>,
    past: Option<PastView>,
) -> Result<Vec<LogEvent>> {
    let objects = Objects {
        past,
        ..Objects::load(tenant, &records).await?
    };
    let event = |record: Entity<Message>| {
        let conversation_id = record.conversation_id;
        let seq = record.seq;
        let event = objects.event(record);
        LogEvent {
            conversation_id,
            seq,
            hidden_from: event.message().and_then(|message| message.hidden_from()),
            event,
            is_past: past.is_some(),
        }
    };
    let mut events: Vec<_> = records.into_iter().map(event).collect();
    let messages = events
        .iter_mut()
        .filter_map(|event| event.event.message_mut());
    load_file_details(tenant, messages).await?;
    Ok(events)
}

/// Current state of the objects that records refer to.
struct Objects {
    /// Point in time of a former participant's view.
    past: Option<PastView>,
    messages: HashMap<Id<Message>, Entity<Message>>,
    members: HashMap<(Id<Conversation>, Id<User>), Entity<Participant>>,
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
        let memberships = records
            .iter()
            .filter(|record| record.kind == RecordKind::Participant);
        let memberships: HashSet<_> = memberships
            .filter_map(|record| Some((record.conversation_id, record.user_id?)))
            .collect();
        let member = |(conversation, user): &(Id<Conversation>, Id<User>)| {
            let of_one = Participant::membership.eq(Participant::conversation_id, *conversation);
            of_one.eq(Participant::user_id, *user)
        };
        let members = tenant
            .list_each(memberships.iter().map(member).collect(), memberships.len())
            .await?;
        let of_conversation = records
            .iter()
            .filter(|record| matches!(record.kind, RecordKind::Creation | RecordKind::Settings));
        let ids: Vec<_> = of_conversation
            .map(|record| record.conversation_id)
            .collect();
        let conversations = tenant.get_many_with_deleted(&ids).await?;
        Ok(Self {
            past: None,
            messages: messages
                .into_iter()
                .map(|message| (message.id, message))
                .collect(),
            members: members
                .into_iter()
                .map(|member| ((member.conversation_id, member.user_id), member))
                .collect(),
            conversations: conversations
                .into_iter()
                .map(|conversation| (conversation.id, conversation))
                .collect(),
        })
    }

    fn event(&self, record: Entity<Message>) -> Event {
        let event = match record.kind {
            RecordKind::Message => Some(Event::MessageNew(self.seen(record))),
            RecordKind::Edit | RecordKind::File => self.message(&record).map(Event::MessageUpdated),
            RecordKind::Deletion => self.message(&record).map(Event::MessageDeleted),
            RecordKind::Reaction => self.reaction(&record),
            RecordKind::Participant => self.participant(&record),
            RecordKind::Ban => record.user_id.map(|user| Event::Ban {
                is_banned: record.action == Some(Action::Added),
                user,
                by: record.sender_id,
            }),
            RecordKind::Erasure => record.user_id.map(Event::UserErased),
            // Blocks are private.
            RecordKind::Block => None,
            RecordKind::Expiry => record.object_id.map(Event::MessagesExpired),
            RecordKind::Creation => self.conversation(&record).map(Event::ConversationCreated),
            RecordKind::Settings => self.conversation(&record).map(match record.action {
                Some(Action::Removed) => Event::ConversationDeleted,
                _ => Event::ConversationUpdated,
            }),
        };
        event.unwrap_or(Event::Hidden)
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
            .members
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
