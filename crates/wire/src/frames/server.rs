use std::collections::BTreeMap;

use base::Error;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{ConversationId, ErrorItem, MessageId, Record, Signal, UserRecord, schema};

/// A frame from the server. Responses carry the `ref` of the client's frame.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum ServerFrame {
    /// The session is open.
    Ready(Ready),
    /// A record: the direct successor of the last one of its conversation.
    Event(Box<Record>),
    /// A transient event.
    Signal(Signal),
    /// A message is stored.
    Sent(Sent),
    /// Requested records.
    Range(Range),
    /// The client must read the conversation again.
    Reset(Reset),
    /// A record of the user's own log: the direct successor of the last one.
    UserEvent(UserRecord),
    /// Requested records of the user's own log.
    UserRange(UserRange),
    /// The client must read again what the user's own log refers to.
    UserReset(UserReset),
    /// A frame was rejected.
    Error(Box<ErrorFrame>),
    /// Response to `ping`.
    Pong(Answer),
    /// Response to a frame with a `ref` that has no other response.
    Ok(Answer),
}

/// The session is open. Further pages follow while `more` is true.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Ready {
    /// Identifier of the store; changes when the store was restored from a backup.
    pub epoch: String,
    /// The last record of each of the user's conversations.
    #[schema(value_type = BTreeMap<String, i64>)]
    pub heads: BTreeMap<ConversationId, i64>,
    /// Whether another page follows.
    pub more: bool,
    /// The last record of the user's own log.
    pub user_seq: i64,
}

/// A message is stored.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Sent {
    /// The reference of the client's frame.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::FrameRef>)]
    pub reference: Option<String>,
    /// The client-assigned id of the message.
    #[schema(value_type = schema::ClientMessageId)]
    pub client_message_id: String,
    /// The message.
    #[schema(value_type = schema::Id)]
    pub id: MessageId,
    /// Sequence number in the log.
    pub seq: i64,
}

/// Requested records: at most 100 records or 192 KiB, at least one record.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Range {
    /// The reference of the client's frame.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::FrameRef>)]
    pub reference: Option<String>,
    /// The conversation.
    #[schema(value_type = schema::Id)]
    pub conversation_id: ConversationId,
    /// The records.
    pub events: Vec<Record>,
    /// The last record of the response; continue with the next one.
    pub to: i64,
}

/// Requested records of the user's own log, at most 100.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UserRange {
    /// The reference of the client's frame.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::FrameRef>)]
    pub reference: Option<String>,
    /// The records.
    pub events: Vec<UserRecord>,
    /// The last record of the response; continue with the next one.
    pub to: i64,
}

/// The client is too far behind in the user's own log, or its state belongs to another epoch.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UserReset {
    /// Reason, such as `too_far_behind`.
    pub reason: &'static str,
}

/// The client is too far behind, or its state belongs to another epoch.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Reset {
    /// The conversation.
    #[schema(value_type = schema::Id)]
    pub conversation_id: ConversationId,
    /// Reason, such as `too_far_behind`.
    pub reason: &'static str,
}

/// Confirms a frame.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct Answer {
    /// The reference of the client's frame.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::FrameRef>)]
    pub reference: Option<String>,
}

/// A frame was rejected.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ErrorFrame {
    /// The reference of the client's frame.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::FrameRef>)]
    pub reference: Option<String>,
    /// Stable error code.
    pub code: &'static str,
    /// One sentence that helps the caller.
    pub detail: String,
    /// Invalid fields of the frame.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ErrorItem>,
    /// Id of the frame in the server's log.
    pub request_id: String,
    /// Milliseconds after which a retry may succeed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl ErrorFrame {
    /// Returns the error frame of an error.
    #[must_use]
    pub fn new(failure: &Error, reference: Option<String>, request_id: String) -> Self {
        Self {
            reference,
            code: failure.code.as_str(),
            detail: failure.detail.clone().into_owned(),
            errors: failure.faults.iter().map(ErrorItem::from).collect(),
            request_id,
            retry_after_ms: failure.retry_after_ms,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use base::{Id, ObjectId, Timestamp};
    use serde_json::{json, value::RawValue};

    use super::*;
    use crate::{Event, Message, UserSummary};

    fn message() -> Message {
        Message {
            id: Id::new(ObjectId([1; 12])),
            conversation_id: Id::new(ObjectId([2; 12])),
            seq: 7,
            kind: "text".to_owned(),
            content: Some("hi".to_owned()),
            sender: Arc::new(UserSummary {
                id: Id::new(ObjectId([3; 12])),
                external_id: None,
                display_name: None,
                avatar_url: None,
            }),
            client_message_id: None,
            attachments: Vec::new(),
            metadata: RawValue::from_string(r#"{"b":1,"a":2}"#.to_owned()).ok(),
            thread_id: None,
            audience: None,
            source: None,
            platform_integration_id: None,
            external_message_id: None,
            reactions: BTreeMap::new(),
            my_reactions: None,
            edited_at: None,
            deleted_at: None,
            created_at: Timestamp::EPOCH,
            updated_at: Timestamp::EPOCH,
            version: 1,
            changed_seq: 7,
        }
    }

    #[test]
    fn an_event_frame_is_flat_and_leaves_out_what_is_absent() {
        let conversation_id = Id::new(ObjectId([2; 12]));
        let record = Record {
            conversation_id,
            seq: 7,
            hidden_from: None,
            event: Event::MessageNew(Box::new(message())),
        };
        let frame = serde_json::to_value(ServerFrame::Event(Box::new(record))).unwrap();
        let then = "1970-01-01T00:00:00.000Z";
        let expected = json!({
            "t": "event", "conversation_id": "020202020202020202020202", "seq": 7, "type": "message.new",
            "data": {
                "id": "010101010101010101010101", "conversation_id": "020202020202020202020202", "seq": 7,
                "sender": {"id": "030303030303030303030303"}, "type": "text", "content": "hi", "metadata": {"b": 1, "a": 2}, "reactions": {},
                "created_at": then, "updated_at": then, "version": 1, "changed_seq": 7,
            },
        });
        assert_eq!(frame, expected);
        let hidden = serde_json::to_value(ServerFrame::Event(Box::new(Record::hidden(
            conversation_id,
            8,
        ))))
        .unwrap();
        let expected = json!({"t": "event", "conversation_id": "020202020202020202020202", "seq": 8, "type": "hidden"});
        assert_eq!(hidden, expected);
    }
}
