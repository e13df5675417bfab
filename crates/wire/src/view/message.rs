use base::Result;
use domain::messaging as rooms;
use store::{Entity, JsonText, RawJson};

use super::UserMap;
use crate::{Attachment, Message, RawMetadata};

impl Message {
    /// A stored message, its sender joined. Takes the message for its texts.
    ///
    /// # Errors
    /// When what is stored is no JSON.
    pub fn of(message: Entity<rooms::Message>, users: &UserMap) -> Result<Self> {
        let Entity {
            id,
            created_at,
            updated_at,
            version,
            deleted_at,
            doc: message,
            ..
        } = message;
        let sender = message
            .sender_id
            .ok_or_else(|| base::Error::internal(NoSender(id)))?;
        Ok(Self {
            id,
            conversation_id: message.conversation_id,
            seq: message.seq,
            kind: message
                .r#type
                .unwrap_or_else(|| rooms::PLAIN_TYPE.to_owned()),
            content: message.content,
            sender: users.card(sender),
            client_message_id: message.client_message_id,
            attachments: message
                .attachments
                .into_iter()
                .flat_map(|list| list.0)
                .map(Attachment::from)
                .collect(),
            metadata: message.metadata.as_ref().map(raw).transpose()?,
            thread_id: message.thread_id,
            reactions: message.reactions.map(|counts| counts.0).unwrap_or_default(),
            my_reactions: None,
            edited_at: message.edited_at,
            deleted_at,
            created_at,
            updated_at,
            version,
            changed_seq: message.changed_seq.get(),
        })
    }
}

/// Stored JSON, handed on as it is.
pub(crate) fn raw(json: &RawJson) -> Result<RawMetadata> {
    serde_json::value::RawValue::from_string(json.0.to_string()).map_err(base::Error::internal)
}

/// The same of JSON with any keys.
pub(crate) fn any_json(json: &JsonText) -> Result<RawMetadata> {
    serde_json::value::RawValue::from_string(json.0.to_string()).map_err(base::Error::internal)
}

/// Says that a message has no sender, which no verb writes.
#[derive(Debug, thiserror::Error)]
#[error("the message {0} has no sender")]
struct NoSender(crate::MessageId);

impl From<rooms::Attachment> for Attachment {
    fn from(attachment: rooms::Attachment) -> Self {
        let rooms::Attachment {
            r#type,
            url,
            name,
            size,
            mime_type,
        } = attachment;
        Self {
            kind: r#type,
            url,
            name,
            size,
            mime_type,
        }
    }
}

impl From<Attachment> for rooms::Attachment {
    fn from(attachment: Attachment) -> Self {
        let Attachment {
            kind,
            url,
            name,
            size,
            mime_type,
        } = attachment;
        Self {
            r#type: kind,
            url,
            name,
            size,
            mime_type,
        }
    }
}
