use base::Change;
use domain::messaging as rooms;
use store::RawJson;

use crate::{Attachment, ConversationPatch, MessagePatch, Metadata, NewConversation, NewMessage};

fn json(metadata: &Metadata) -> RawJson {
    RawJson(serde_json::Value::Object(metadata.clone()).to_string().into())
}

fn stored(attachments: Vec<Attachment>) -> Vec<rooms::Attachment> {
    attachments.into_iter().map(Into::into).collect()
}

impl From<NewMessage> for rooms::Draft {
    fn from(message: NewMessage) -> Self {
        Self {
            r#type: Some(message.kind.as_str().to_owned()),
            content: message.content,
            attachments: stored(message.attachments),
            metadata: message.metadata.as_ref().map(json),
            thread_id: message.thread_id,
            client_message_id: message.client_message_id,
        }
    }
}

impl From<MessagePatch> for rooms::EditedMessage {
    fn from(patch: MessagePatch) -> Self {
        Self {
            content: patch.content,
            attachments: patch.attachments.map_or(Change::Keep, |attachments| Change::Set(stored(attachments))),
            metadata: patch.metadata.map(|metadata| json(&metadata)),
            version: patch.version,
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
            metadata: new.metadata.as_ref().map(json),
            participants: new.participants,
        }
    }
}

impl From<ConversationPatch> for rooms::ConversationPatch {
    fn from(patch: ConversationPatch) -> Self {
        Self {
            name: patch.name,
            avatar_url: patch.avatar_url,
            metadata: patch.metadata.map(|metadata| json(&metadata)),
            visibility: patch.visibility.map(Into::into),
            version: patch.version,
        }
    }
}
