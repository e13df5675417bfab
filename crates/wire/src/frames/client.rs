use std::collections::HashMap;

use serde::Deserialize;
use utoipa::ToSchema;

use super::Seq;
use crate::given::given;
use crate::{ConversationId, ConversationName, NewMessage, UserName, schema};

/// A frame from a client.
#[derive(Debug, Clone)]
pub enum ClientFrame {
    /// The first frame.
    Hello(Hello),
    /// More cursors.
    Resume(Resume),
    /// A message to send.
    Send(Box<Send>),
    /// Records have arrived.
    Ack(Ack),
    /// Asks for records.
    Get(Get),
    /// Asks for records of the user's own log.
    UserGet(UserGet),
    /// The user writes.
    Typing(Typing),
    /// Records are read.
    Read(Read),
    /// Online or not, and whose presence is wanted.
    Presence(Presence),
    /// A new token.
    Auth(Auth),
    /// Keeps the connection.
    Ping,
}

/// The first frame of a connection.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Hello {
    /// The user token.
    pub token: String,
    /// Names the device; a second connection with it replaces the first.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<schema::DeviceId>)]
    pub device_id: Option<String>,
    /// The last record the client has, by conversation.
    #[serde(default)]
    #[schema(value_type = HashMap<schema::Id, Seq>)]
    pub cursors: HashMap<ConversationId, Seq>,
    /// The last record of the user's own log that the client has.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Seq>)]
    pub user_cursor: Option<Seq>,
    /// The epoch of the last `ready`.
    #[serde(default, deserialize_with = "given")]
    pub epoch: Option<String>,
}

/// More cursors than a hello holds.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Resume {
    /// The last record the client has, by conversation.
    #[schema(value_type = HashMap<schema::Id, Seq>)]
    pub cursors: HashMap<ConversationId, Seq>,
}

/// A message to send: the body of `POST …/messages` and where it goes.
#[derive(Debug, Clone)]
pub struct Send {
    /// Where it goes.
    pub conversation_id: ConversationName,
    /// The message; `client_message_id` is required.
    pub message: NewMessage,
}

/// Says that everything up to a record has arrived.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Ack {
    /// Where.
    #[schema(value_type = schema::Named)]
    pub conversation_id: ConversationName,
    /// Everything up to this record.
    #[schema(value_type = Seq)]
    pub seq: Seq,
}

/// Asks for records.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Get {
    /// Where.
    #[schema(value_type = schema::Named)]
    pub conversation_id: ConversationName,
    /// The first record wanted.
    #[schema(value_type = i64, minimum = 1)]
    pub from: Seq,
    /// The last record wanted.
    #[schema(value_type = i64, minimum = 1)]
    pub to: Seq,
}

/// Asks for records of the user's own log.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserGet {
    /// The first record wanted.
    #[schema(value_type = i64, minimum = 1)]
    pub from: Seq,
    /// The last record wanted.
    #[schema(value_type = i64, minimum = 1)]
    pub to: Seq,
}

/// Says that the user writes, or stopped.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Typing {
    /// Where.
    #[schema(value_type = schema::Named)]
    pub conversation_id: ConversationName,
    /// Whether the user writes; true when not given.
    #[serde(default = "yes")]
    pub typing: bool,
}

/// Says that everything up to a record is read.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Read {
    /// Where.
    #[schema(value_type = schema::Named)]
    pub conversation_id: ConversationName,
    /// Everything up to this record.
    #[schema(value_type = Seq)]
    pub seq: Seq,
}

/// Says whether the user of this connection shows as online, and whose
/// presence it wants to be told.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Presence {
    /// Whether the user shows as online.
    #[serde(default, deserialize_with = "given")]
    pub online: Option<bool>,
    /// Whose presence is wanted from now on, in place of those before; their
    /// present state is told at once.
    #[serde(default, deserialize_with = "given")]
    #[schema(schema_with = schema::watched_users)]
    pub user_ids: Option<Vec<UserName>>,
    /// A conversation that the user of this connection and those of `user_ids` are in. With the setting
    /// `presence_visibility` `shared_conversation` only its members and friends are shown.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<schema::Named>)]
    pub conversation_id: Option<ConversationName>,
}

/// A new token before the old one ends.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Auth {
    /// A user token of the same user.
    pub token: String,
}

const fn yes() -> bool {
    true
}
