use crate::Conversation;
use crate::ConversationId;
use crate::Message;
use crate::MessageId;
use crate::Participant;
use crate::UserId;
use crate::UserMap;
use crate::schema;
use base::Result;
use domain::messaging;
use domain::messaging::Action;
use serde::Serialize;
use store::Entity;
use utoipa::ToSchema;

/// A record of a conversation's log.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Record {
    /// The conversation.
    #[schema(value_type = schema::Id)]
    pub conversation_id: ConversationId,
    /// Sequence number in the log: from 1, without gaps.
    pub seq: i64,
    /// The participant who may not see the event.
    #[serde(skip)]
    pub hidden_from: Option<UserId>,
    /// The event.
    #[serde(flatten)]
    pub event: Event,
}

/// Event of a record. `data` is the current state of the object and does not depend on the
/// reader.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "type", content = "data")]
pub enum Event {
    /// A message was sent.
    #[serde(rename = "message.new")]
    MessageNew(Box<Message>),
    /// A message was edited.
    #[serde(rename = "message.updated")]
    MessageUpdated(Box<Message>),
    /// A message was deleted.
    #[serde(rename = "message.deleted")]
    MessageDeleted(Box<Message>),
    /// A reaction was added.
    #[serde(rename = "reaction.new")]
    ReactionNew(Box<ReactionEvent>),
    /// A reaction was removed.
    #[serde(rename = "reaction.deleted")]
    ReactionDeleted(Box<ReactionEvent>),
    /// A participant joined.
    #[serde(rename = "participant.added")]
    ParticipantAdded(Box<ParticipantEvent>),
    /// The role of a participant changed.
    #[serde(rename = "participant.updated")]
    ParticipantUpdated(Box<ParticipantEvent>),
    /// A participant left or was removed.
    #[serde(rename = "participant.removed")]
    ParticipantRemoved(Box<ParticipantEvent>),
    /// A user was banned; a participant is removed before.
    #[serde(rename = "participant.banned")]
    ParticipantBanned(Box<BanEvent>),
    /// A ban was lifted.
    #[serde(rename = "participant.unbanned")]
    ParticipantUnbanned(Box<BanEvent>),
    /// A user was erased: their content in the conversation is removed, and clients delete it.
    #[serde(rename = "user.erased")]
    UserErased(Box<UserErasedEvent>),
    /// Messages expired: their content is removed, and clients delete it.
    #[serde(rename = "messages.expired")]
    MessagesExpired(Box<MessagesExpiredEvent>),
    /// The conversation was created.
    #[serde(rename = "conversation.created")]
    ConversationCreated(Box<ConversationEvent>),
    /// The conversation was updated.
    #[serde(rename = "conversation.updated")]
    ConversationUpdated(Box<ConversationEvent>),
    /// The conversation was deleted.
    #[serde(rename = "conversation.deleted")]
    ConversationDeleted(Box<ConversationEvent>),
    /// An event that the reader may not see or that this server does not support; it keeps its
    /// sequence number.
    #[serde(rename = "hidden")]
    Hidden,
}

/// A reaction that was added or removed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReactionEvent {
    /// The message with its reaction counts.
    pub message: Message,
    /// The emoji.
    #[schema(value_type = schema::Emoji)]
    pub emoji: String,
    /// The user who reacted.
    #[schema(value_type = schema::Id)]
    pub user_id: UserId,
}

/// A user who was banned or whose ban was lifted.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BanEvent {
    /// The conversation.
    #[schema(value_type = schema::Id)]
    pub conversation_id: ConversationId,
    /// The user.
    #[schema(value_type = schema::Id)]
    pub user_id: UserId,
    /// The user who did it; absent if a server did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Id>)]
    pub actor_id: Option<UserId>,
}

/// Messages that expired.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MessagesExpiredEvent {
    /// The conversation.
    #[schema(value_type = schema::Id)]
    pub conversation_id: ConversationId,
    /// The newest expired message: it and all older ones are removed.
    #[schema(value_type = schema::Id)]
    pub message_id: MessageId,
}

/// A user who was erased.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UserErasedEvent {
    /// The conversation.
    #[schema(value_type = schema::Id)]
    pub conversation_id: ConversationId,
    /// The former id of the erased user.
    #[schema(value_type = schema::Id)]
    pub user_id: UserId,
}

/// A participant who joined, changed or left.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ParticipantEvent {
    /// The conversation.
    #[schema(value_type = schema::Id)]
    pub conversation_id: ConversationId,
    /// The participant.
    pub participant: Participant,
    /// The user who did it; absent if a server did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Id>)]
    pub actor_id: Option<UserId>,
}

/// A conversation that was created, updated or deleted.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ConversationEvent {
    /// The conversation, without the fields that depend on the reader.
    pub conversation: Conversation,
}

impl Record {
    /// Converts a record of a conversation's log with its users.
    ///
    /// # Errors
    /// Fails if the stored data is not valid JSON.
    pub fn of(record: messaging::LogEvent, users: &UserMap) -> Result<Self> {
        let messaging::LogEvent {
            conversation_id,
            seq,
            event,
            is_past,
            hidden_from,
        } = record;
        Ok(Self {
            conversation_id,
            seq,
            hidden_from,
            event: convert_event(conversation_id, event, is_past, users)?,
        })
    }

    /// Returns a record that the reader may not see.
    #[must_use]
    pub const fn hidden(conversation_id: ConversationId, seq: i64) -> Self {
        Self {
            conversation_id,
            seq,
            hidden_from: None,
            event: Event::Hidden,
        }
    }

    /// Returns the users that the conversion of an event needs.
    pub fn users_of(event: &messaging::Event) -> Vec<UserId> {
        match event {
            messaging::Event::MessageNew(message)
            | messaging::Event::MessageUpdated(message)
            | messaging::Event::MessageDeleted(message)
            | messaging::Event::Reaction { message, .. } => message.sender_id.into_iter().collect(),
            messaging::Event::Participant { participant, .. } => vec![participant.user_id],
            messaging::Event::Hidden
            | messaging::Event::Ban { .. }
            | messaging::Event::UserErased(_)
            | messaging::Event::MessagesExpired(_)
            | messaging::Event::ConversationCreated(_)
            | messaging::Event::ConversationUpdated(_)
            | messaging::Event::ConversationDeleted(_) => Vec::new(),
        }
    }
}

fn convert_event(
    conversation_id: ConversationId,
    event: messaging::Event,
    is_past: bool,
    users: &UserMap,
) -> Result<Event> {
    let message = |message| Message::of(message, users).map(Box::new);
    let conversation = |conversation: Entity<messaging::Conversation>| {
        let mut conversation = Conversation::of(&conversation)?;
        conversation.participant_count = conversation.participant_count.filter(|_| !is_past);
        Ok::<_, base::Error>(Box::new(ConversationEvent { conversation }))
    };
    Ok(match event {
        messaging::Event::MessageNew(new) => Event::MessageNew(message(new)?),
        messaging::Event::MessageUpdated(updated) => Event::MessageUpdated(message(updated)?),
        messaging::Event::MessageDeleted(deleted) => Event::MessageDeleted(message(deleted)?),
        messaging::Event::Reaction {
            added,
            message,
            emoji,
            user: Some(user_id),
        } => {
            let event = ReactionEvent {
                message: Message::of(message, users)?,
                emoji,
                user_id,
            };
            if added {
                Event::ReactionNew(Box::new(event))
            } else {
                Event::ReactionDeleted(Box::new(event))
            }
        }
        messaging::Event::Hidden | messaging::Event::Reaction { user: None, .. } => Event::Hidden,
        messaging::Event::Participant {
            action,
            participant,
            by,
        } => {
            let participant = Participant::of(&participant, users);
            let event = Box::new(ParticipantEvent {
                conversation_id,
                participant,
                actor_id: by,
            });
            match action {
                Action::Added => Event::ParticipantAdded(event),
                Action::Updated => Event::ParticipantUpdated(event),
                Action::Removed => Event::ParticipantRemoved(event),
            }
        }
        messaging::Event::Ban {
            is_banned,
            user: user_id,
            by: actor_id,
        } => {
            let event = Box::new(BanEvent {
                conversation_id,
                user_id,
                actor_id,
            });
            if is_banned {
                Event::ParticipantBanned(event)
            } else {
                Event::ParticipantUnbanned(event)
            }
        }
        messaging::Event::MessagesExpired(message_id) => {
            Event::MessagesExpired(Box::new(MessagesExpiredEvent {
                conversation_id,
                message_id,
            }))
        }
        messaging::Event::UserErased(user_id) => Event::UserErased(Box::new(UserErasedEvent {
            conversation_id,
            user_id,
        })),
        messaging::Event::ConversationCreated(created) => {
            Event::ConversationCreated(conversation(created)?)
        }
        messaging::Event::ConversationUpdated(updated) => {
            Event::ConversationUpdated(conversation(updated)?)
        }
        messaging::Event::ConversationDeleted(deleted) => {
            Event::ConversationDeleted(conversation(deleted)?)
        }
    })
}
