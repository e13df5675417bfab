//! Constructors of log records.

use base::Id;
use store::{Json, Seq, TenantStore};

use super::collections::{Action, Conversation, Message, RecordKind, Role};
use super::content::InitialParticipant;
use crate::users::User;

/// Creates a record without content, as a base for the other constructors.
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
        source: None,
        platform_integration_id: None,
        external_message_id: None,
        audience: None,
        action: None,
        object_id: None,
        user_id: None,
        role: None,
        emoji: None,
        participants: None,
    }
}

/// Creates the record of a new conversation.
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

/// Creates the record of a changed or deleted conversation.
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

/// Creates the record of an added, removed or changed participant.
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

/// Creates the record of a ban that was set or lifted.
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

/// Creates the record of an erased user, whose messages in the conversation are redacted.
pub(super) fn erasure(conversation: Id<Conversation>, user: Id<User>) -> Message {
    Message {
        user_id: Some(user),
        ..record(conversation, RecordKind::Erasure, None)
    }
}

/// Creates the record of messages up to `last` that retention has redacted.
pub(super) fn expiry(conversation: Id<Conversation>, last: Id<Message>) -> Message {
    Message {
        object_id: Some(last),
        ..record(conversation, RecordKind::Expiry, None)
    }
}

/// Creates a record that refers to a message.
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

/// Returns the sequence number of a record whose guard is shown these records since `seen`.
pub(super) fn next_seq(seen: i64, since: &[&store::Row]) -> i64 {
    since
        .last()
        .and_then(|row| row.read(Message::seq))
        .map_or(seen, |last| last.max(seen))
        + 1
}

/// Appends a record under a new id, that is, without protection against duplicates on retry.
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
