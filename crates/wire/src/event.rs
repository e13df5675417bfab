use serde::Serialize;
use utoipa::ToSchema;

use crate::{Conversation, ConversationId, Message, MessageId, Participant, UserId, schema};

/// A record of a conversation's log as clients see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Record {
    /// Whose log it is.
    #[schema(value_type = schema::Id)]
    pub conversation_id: ConversationId,
    /// Its place in the log: from 1, without holes.
    pub seq: i64,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// What a record says. `data` is the object's present state; it never depends on who reads it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "type", content = "data")]
pub enum Event {
    /// A message was written.
    #[serde(rename = "message.new")]
    MessageNew(Box<Message>),
    /// A message was edited.
    #[serde(rename = "message.updated")]
    MessageUpdated(Box<Message>),
    /// A message was deleted.
    #[serde(rename = "message.deleted")]
    MessageDeleted(Box<Message>),
    /// A user reacted.
    #[serde(rename = "reaction.new")]
    ReactionNew(Box<ReactionEvent>),
    /// A user took a reaction back.
    #[serde(rename = "reaction.deleted")]
    ReactionDeleted(Box<ReactionEvent>),
    /// A user came in.
    #[serde(rename = "participant.added")]
    ParticipantAdded(Box<ParticipantEvent>),
    /// A participant's role changed.
    #[serde(rename = "participant.updated")]
    ParticipantUpdated(Box<ParticipantEvent>),
    /// A user left or was removed.
    #[serde(rename = "participant.removed")]
    ParticipantRemoved(Box<ParticipantEvent>),
    /// A user may not take part any more; one who took part was removed before.
    #[serde(rename = "participant.banned")]
    ParticipantBanned(Box<BanEvent>),
    /// A ban was lifted.
    #[serde(rename = "participant.unbanned")]
    ParticipantUnbanned(Box<BanEvent>),
    /// A user was erased: what they wrote here is wiped, and clients drop it.
    #[serde(rename = "user.erased")]
    UserErased(Box<UserErasedEvent>),
    /// Messages are wiped because of their age, and clients drop them.
    #[serde(rename = "messages.expired")]
    MessagesExpired(Box<MessagesExpiredEvent>),
    /// The conversation was made.
    #[serde(rename = "conversation.created")]
    ConversationCreated(Box<ConversationEvent>),
    /// The conversation was changed.
    #[serde(rename = "conversation.updated")]
    ConversationUpdated(Box<ConversationEvent>),
    /// The conversation was deleted.
    #[serde(rename = "conversation.deleted")]
    ConversationDeleted(Box<ConversationEvent>),
    /// Something this reader may not see or this server does not know; it counts all the same.
    #[serde(rename = "hidden")]
    Hidden,
}

/// A reaction that came or went.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReactionEvent {
    /// The message with its counts.
    pub message: Message,
    /// The reaction.
    #[schema(value_type = schema::Emoji)]
    pub emoji: String,
    /// Who reacted.
    #[schema(value_type = schema::Id)]
    pub user_id: UserId,
}

/// A user who was banned or may come back.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BanEvent {
    /// Where.
    #[schema(value_type = schema::Id)]
    pub conversation_id: ConversationId,
    /// Who.
    #[schema(value_type = schema::Id)]
    pub user_id: UserId,
    /// The user who did it; absent when a server did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Id>)]
    pub actor_id: Option<UserId>,
}

/// Messages that have reached their age.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MessagesExpiredEvent {
    /// Where.
    #[schema(value_type = schema::Id)]
    pub conversation_id: ConversationId,
    /// The last of them: it and all before it are wiped.
    #[schema(value_type = schema::Id)]
    pub message_id: MessageId,
}

/// A user who was erased.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UserErasedEvent {
    /// Where they wrote.
    #[schema(value_type = schema::Id)]
    pub conversation_id: ConversationId,
    /// Who; the id names nobody any more.
    #[schema(value_type = schema::Id)]
    pub user_id: UserId,
}

/// A participant that came, changed or went.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ParticipantEvent {
    /// Where.
    #[schema(value_type = schema::Id)]
    pub conversation_id: ConversationId,
    /// The participant.
    pub participant: Participant,
    /// The user who did it; absent when a server did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Id>)]
    pub actor_id: Option<UserId>,
}

/// A conversation that was made, changed or deleted.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ConversationEvent {
    /// The conversation, without what depends on the reader.
    pub conversation: Conversation,
}
