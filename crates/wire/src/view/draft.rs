use domain::messaging as rooms;

use crate::ids::stored;
use crate::{Attachment, ConversationPatch, MessagePatch, NewConversation, NewMessage};

fn files(attachments: Vec<Attachment>) -> Vec<rooms::Attachment> {
    attachments.into_iter().map(Into::into).collect()
}

impl From<NewMessage> for rooms::Draft {
    fn from(message: NewMessage) -> Self {
        Self {
            r#type: message.kind,
            content: message.content,
            attachments: files(message.attachments),
            metadata: message.metadata.map(stored),
            thread_id: message.thread_id,
            client_message_id: message.client_message_id,
            by_server: false,
        }
    }
}

impl From<MessagePatch> for rooms::EditedMessage {
    fn from(patch: MessagePatch) -> Self {
        Self {
            content: patch.content,
            attachments: patch.attachments.map(files),
            metadata: patch.metadata.map(stored),
            version: patch.version,
            by_server: false,
        }
    }
}

impl From<NewConversation> for rooms::NewConversation {
    fn from(new: NewConversation) -> Self {
        Self {
            r#type: new.kind.into(),
            visibility: new.visibility.map(Into::into),
            name: new.name,
            avatar_url: new.avatar_url,
            external_id: new.external_id,
            metadata: new.metadata.map(stored),
            participants: new.participants,
        }
    }
}

impl From<ConversationPatch> for rooms::ConversationPatch {
    fn from(patch: ConversationPatch) -> Self {
        Self {
            name: patch.name,
            avatar_url: patch.avatar_url,
            metadata: patch.metadata.map(stored),
            visibility: patch.visibility.map(Into::into),
            version: patch.version,
        }
    }
}
