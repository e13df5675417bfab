use base::Result;
use domain::messaging as rooms;
use store::Entity;

use super::UserMap;
use super::raw;
use crate::{Conversation, Message, MyConversation, UserId};

impl Conversation {
    /// A stored conversation, without what depends on the reader.
    ///
    /// # Errors
    /// When what is stored is no JSON.
    pub fn of(conversation: &Entity<rooms::Conversation>) -> Result<Self> {
        Ok(Self {
            id: conversation.id,
            kind: conversation.r#type.into(),
            name: conversation.name.clone(),
            avatar_url: conversation.avatar_url.clone(),
            external_id: conversation.external_id.clone(),
            visibility: conversation.visibility.map(Into::into),
            metadata: conversation.metadata.as_ref().map(raw).transpose()?,
            participant_count: Some(conversation.participant_count),
            created_by: conversation.created_by,
            created_at: conversation.created_at,
            updated_at: conversation.updated_at,
            version: conversation.version,
            changed_seq: conversation.changed_seq.get(),
            head_seq: None,
            my: None,
            last_message: None,
            participants: None,
        })
    }

    /// A conversation as the acting user sees it. Takes the last message for its texts.
    ///
    /// # Errors
    /// When what is stored is no JSON.
    pub fn seen(view: rooms::ConversationView, users: &UserMap) -> Result<Self> {
        let both = view.direct_users();
        let participant_count = (!view.is_past).then_some(view.conversation.participant_count);
        let last_message = view
            .last_message
            .map(|message| Message::of(message, users))
            .transpose()?;
        Ok(Self {
            participant_count,
            head_seq: Some(view.head_seq),
            my: view.mine.map(Into::into),
            last_message: last_message.map(Box::new),
            participants: both.map(|both| both.into_iter().map(|id| users.card(id)).collect()),
            ..Self::of(&view.conversation)?
        })
    }

    /// The users that showing a view needs.
    pub fn users_of(view: &rooms::ConversationView) -> impl Iterator<Item = UserId> + use<> {
        let sender = view
            .last_message
            .as_ref()
            .and_then(|message| message.sender_id);
        view.direct_users().into_iter().flatten().chain(sender)
    }
}

impl From<rooms::MembershipView> for MyConversation {
    fn from(mine: rooms::MembershipView) -> Self {
        Self {
            role: mine.role.into(),
            unread: i64::try_from(mine.unread).unwrap_or(i64::MAX),
            read_seq: mine.marks.read_seq,
            delivered_seq: mine.marks.delivered_seq,
        }
    }
}
