use base::Result;
use domain::messaging as rooms;
use domain::messaging::Action;
use store::Entity;

use super::UserMap;
use crate::{
    BanEvent, Conversation, ConversationEvent, ConversationId, Event, Message,
    MessagesExpiredEvent, Participant, ParticipantEvent, ReactionEvent, Record, UserErasedEvent,
    UserId,
};

impl Record {
    /// A record of a conversation's log, the users joined. Takes what it tells for its texts.
    ///
    /// # Errors
    /// When what is stored is no JSON.
    pub fn of(told: rooms::LogEvent, users: &UserMap) -> Result<Self> {
        let rooms::LogEvent {
            conversation_id,
            seq,
            event,
            is_past,
        } = told;
        Ok(Self {
            conversation_id,
            seq,
            event: shown(conversation_id, event, is_past, users)?,
        })
    }

    /// A record that this reader may not see.
    #[must_use]
    pub const fn hidden(conversation_id: ConversationId, seq: i64) -> Self {
        Self {
            conversation_id,
            seq,
            event: Event::Hidden,
        }
    }

    /// The users that showing an event needs.
    pub fn users_of(event: &rooms::Event) -> Vec<UserId> {
        match event {
            rooms::Event::MessageNew(message)
            | rooms::Event::MessageUpdated(message)
            | rooms::Event::MessageDeleted(message)
            | rooms::Event::Reaction { message, .. } => message.sender_id.into_iter().collect(),
            rooms::Event::Participant { participant, .. } => vec![participant.user_id],
            rooms::Event::Hidden
            | rooms::Event::Ban { .. }
            | rooms::Event::UserErased(_)
            | rooms::Event::MessagesExpired(_)
            | rooms::Event::ConversationCreated(_)
            | rooms::Event::ConversationUpdated(_)
            | rooms::Event::ConversationDeleted(_) => Vec::new(),
        }
    }
}

fn shown(
    conversation_id: ConversationId,
    event: rooms::Event,
    is_past: bool,
    users: &UserMap,
) -> Result<Event> {
    let message = |message| Message::of(message, users).map(Box::new);
    let conversation = |conversation: Entity<rooms::Conversation>| {
        let mut conversation = Conversation::of(&conversation)?;
        conversation.participant_count = conversation.participant_count.filter(|_| !is_past);
        Ok::<_, base::Error>(Box::new(ConversationEvent { conversation }))
    };
    Ok(match event {
        rooms::Event::MessageNew(new) => Event::MessageNew(message(new)?),
        rooms::Event::MessageUpdated(updated) => Event::MessageUpdated(message(updated)?),
        rooms::Event::MessageDeleted(deleted) => Event::MessageDeleted(message(deleted)?),
        rooms::Event::Reaction {
            added,
            message,
            emoji,
            user: Some(user_id),
        } => {
            let told = ReactionEvent {
                message: Message::of(message, users)?,
                emoji,
                user_id,
            };
            if added {
                Event::ReactionNew(Box::new(told))
            } else {
                Event::ReactionDeleted(Box::new(told))
            }
        }
        rooms::Event::Hidden | rooms::Event::Reaction { user: None, .. } => Event::Hidden,
        rooms::Event::Participant {
            action,
            participant,
            by,
        } => {
            let participant = Participant::of(&participant, users);
            let told = Box::new(ParticipantEvent {
                conversation_id,
                participant,
                actor_id: by,
            });
            match action {
                Action::Added => Event::ParticipantAdded(told),
                Action::Updated => Event::ParticipantUpdated(told),
                Action::Removed => Event::ParticipantRemoved(told),
            }
        }
        rooms::Event::Ban {
            is_banned,
            user: user_id,
            by: actor_id,
        } => {
            let told = Box::new(BanEvent {
                conversation_id,
                user_id,
                actor_id,
            });
            if is_banned {
                Event::ParticipantBanned(told)
            } else {
                Event::ParticipantUnbanned(told)
            }
        }
        rooms::Event::MessagesExpired(message_id) => {
            Event::MessagesExpired(Box::new(MessagesExpiredEvent {
                conversation_id,
                message_id,
            }))
        }
        rooms::Event::UserErased(user_id) => Event::UserErased(Box::new(UserErasedEvent {
            conversation_id,
            user_id,
        })),
        rooms::Event::ConversationCreated(created) => {
            Event::ConversationCreated(conversation(created)?)
        }
        rooms::Event::ConversationUpdated(updated) => {
            Event::ConversationUpdated(conversation(updated)?)
        }
        rooms::Event::ConversationDeleted(deleted) => {
            Event::ConversationDeleted(conversation(deleted)?)
        }
    })
}
