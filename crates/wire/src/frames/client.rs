use std::collections::HashMap;

use serde::Deserialize;
use utoipa::ToSchema;

use super::Seq;
use crate::non_null::non_null;
use crate::{ConversationId, ConversationName, NewMessage, UserName, schema};

/// A frame from a client.
#[derive(Debug, Clone)]
pub enum ClientFrame {
    /// Opens the session; the first frame.
    Hello(Hello),
    /// Additional resume cursors.
    Resume(Resume),
    /// Sends a message.
    Send(Box<Send>),
    /// Acknowledges delivery of records.
    Ack(Ack),
    /// Requests records.
    Get(Get),
    /// Requests records of the user's own log.
    UserGet(UserGet),
    /// Reports that the user is typing.
    Typing(Typing),
    /// Marks records as read.
    Read(Read),
    /// Sets the own presence and subscribes to the presence of users.
    Presence(Presence),
    /// Renews the token.
    Auth(Auth),
    /// Keeps the connection open.
    Ping,
}

/// Opens the session: the first frame of a connection.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Hello {
    /// The user token.
    pub token: String,
    /// Id of the device; a second connection with the same id replaces the first.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::DeviceId>)]
    pub device_id: Option<String>,
    /// The last record that the client has, by conversation.
    #[serde(default)]
    #[schema(value_type = HashMap<schema::Id, Seq>)]
    pub cursors: HashMap<ConversationId, Seq>,
    /// The last record of the user's own log that the client has.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<Seq>)]
    pub user_cursor: Option<Seq>,
    /// The `epoch` of the last `ready`.
    #[serde(default, deserialize_with = "non_null")]
    pub epoch: Option<String>,
}

/// Additional cursors that did not fit into `hello`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Resume {
    /// The last record that the client has, by conversation.
    #[schema(value_type = HashMap<schema::Id, Seq>)]
    pub cursors: HashMap<ConversationId, Seq>,
}

/// A message to send: the body of `POST …/messages` and its conversation.
#[derive(Debug, Clone)]
pub struct Send {
    /// The conversation.
    pub conversation_id: ConversationName,
    /// The message; `client_message_id` is required.
    pub message: NewMessage,
}

/// Acknowledges that all records up to this one were delivered.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Ack {
    /// The conversation.
    #[schema(value_type = schema::Named)]
    pub conversation_id: ConversationName,
    /// All records up to this one.
    #[schema(value_type = Seq)]
    pub seq: Seq,
}

/// Requests records of a conversation.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Get {
    /// The conversation.
    #[schema(value_type = schema::Named)]
    pub conversation_id: ConversationName,
    /// First record.
    #[schema(value_type = i64, minimum = 1)]
    pub from: Seq,
    /// Last record.
    #[schema(value_type = i64, minimum = 1)]
    pub to: Seq,
}

/// Requests records of the user's own log.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserGet {
    /// First record.
    #[schema(value_type = i64, minimum = 1)]
    pub from: Seq,
    /// Last record.
    #[schema(value_type = i64, minimum = 1)]
    pub to: Seq,
}

/// Reports that the user started or stopped typing.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Typing {
    /// The conversation.
    #[schema(value_type = schema::Named)]
    pub conversation_id: ConversationName,
    /// Whether the user is typing; defaults to true.
    #[serde(default = "yes")]
    pub typing: bool,
}

/// Marks all records up to this one as read.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Read {
    /// The conversation.
    #[schema(value_type = schema::Named)]
    pub conversation_id: ConversationName,
    /// All records up to this one.
    #[schema(value_type = Seq)]
    pub seq: Seq,
}

/// Sets whether the user of this connection appears online, and subscribes to the presence of
/// users.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Presence {
    /// Whether the user appears online.
    #[serde(default, deserialize_with = "non_null")]
    pub online: Option<bool>,
    /// Users whose presence is subscribed to, replacing the previous list; their current presence
    /// is sent at once.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(schema_with = schema::watched_users)]
    pub user_ids: Option<Vec<UserName>>,
    /// A conversation that the user of this connection shares with those of `user_ids`. With the
    /// setting `presence_visibility` `shared_conversation`, only its members and friends are
    /// visible.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::Named>)]
    pub conversation_id: Option<ConversationName>,
}

/// A new token, sent before the current one expires.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Auth {
    /// A user token of the same user.
    pub token: String,
}

const fn yes() -> bool {
    true
}
