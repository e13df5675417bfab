//! The records that say what happened.

use base::Id;
use store::{Json, Seq, TenantStore};

use super::collections::{Action, Conversation, InitialParticipant, Message, RecordKind, Role};
use crate::users::User;

/// A record without content, to which the verbs add what they have.
pub(super) fn record(
    conversation: Id<Conversation>,
    kind: RecordKind,
    sender: Option<Id<User>>,
) -> Message {
    Message {
        conversation_id: conversation,
        seq: 0,
        kind,
        shown: false,
        sender_id: sender,
        client_message_id: None,
        fingerprint: None,
        r#type: None,
        content: None,
        attachments: None,
        metadata: None,
        thread_id: None,
        reactions: None,
        history: None,
        edited_at: None,
        changed_seq: Seq::Assigned,
        action: None,
        object_id: None,
        user_id: None,
        role: None,
        emoji: None,
        participants: None,
    }
}

/// Says that the conversation began.
pub(super) fn creation(
    conversation: Id<Conversation>,
    by: Option<Id<User>>,
    first: Vec<InitialParticipant>,
) -> Message {
    Message {
        participants: Some(Json(first)),
        ..record(conversation, RecordKind::Creation, by)
    }
}

/// Says that the conversation was changed or deleted.
pub(super) fn settings(
    conversation: Id<Conversation>,
    by: Option<Id<User>>,
    action: Action,
) -> Message {
    Message {
        action: Some(action),
        ..record(conversation, RecordKind::Settings, by)
    }
}

/// Says that a participant came, went or got another role.
pub(super) fn participant(
    conversation: Id<Conversation>,
    by: Option<Id<User>>,
    user: Id<User>,
    action: Action,
    role: Role,
) -> Message {
    let action = Some(action);
    let user_id = Some(user);
    let role = Some(role);
    Message {
        action,
        user_id,
        role,
        ..record(conversation, RecordKind::Participant, by)
    }
}

/// Says that a user may not take part any more, or may again.
pub(super) fn ban(
    conversation: Id<Conversation>,
    by: Option<Id<User>>,
    user: Id<User>,
    action: Action,
) -> Message {
    Message {
        action: Some(action),
        user_id: Some(user),
        ..record(conversation, RecordKind::Ban, by)
    }
}

/// Says that what a user wrote here is wiped.
pub(super) fn erasure(conversation: Id<Conversation>, user: Id<User>) -> Message {
    Message {
        user_id: Some(user),
        ..record(conversation, RecordKind::Erasure, None)
    }
}

/// Says that messages up to this one are wiped because of their age.
pub(super) fn expiry(conversation: Id<Conversation>, last: Id<Message>) -> Message {
    Message {
        object_id: Some(last),
        ..record(conversation, RecordKind::Expiry, None)
    }
}

/// Says that something became of a message.
pub(super) fn about(
    kind: RecordKind,
    by: Option<Id<User>>,
    message: &store::Entity<Message>,
) -> Message {
    Message {
        object_id: Some(message.id),
        ..record(message.conversation_id, kind, by)
    }
}

/// The number that a record gets whose guard is shown these records since `seen`.
pub(super) fn next_seq(seen: i64, since: &[&store::Row]) -> i64 {
    since
        .last()
        .and_then(|row| row.read(Message::seq))
        .map_or(seen, |last| last.max(seen))
        + 1
}

/// Appends a record that nothing retries: under a new id.
pub(super) async fn append(
    tenant: &TenantStore,
    record: Message,
    seen: i64,
    guard: store::Guard,
) -> Result<store::Entity<Message>, store::AppendError> {
    let id = tenant.context().new_id();
    let log = record.conversation_id;
    match tenant
        .append(
            log,
            store::Append {
                id,
                record,
                seen: Some(seen),
                guard,
            },
        )
        .await?
    {
        store::Appended::New(entity) | store::Appended::Known(entity) => Ok(entity),
    }
}
