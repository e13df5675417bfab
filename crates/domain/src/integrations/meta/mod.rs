//! Webhooks of Meta: splits requests into updates and parses updates of WhatsApp and Instagram.
//! Unknown fields and kinds are accepted.

mod instagram;
mod split;
mod whatsapp;

pub(super) use split::{Update, split};

use base::Timestamp;
use serde_json::Value;
use store::RawJson;

use super::collections::{AliasKind, Platform};
use crate::messaging::{Draft, PlatformStatus};

/// Kinds of updates that are processed. Other kinds are the names of fields of the webhook.
pub(super) mod kind {
    /// A message of a client.
    pub const MESSAGE: &str = "message";
    /// A reaction of a client.
    pub const REACTION: &str = "reaction";
    /// A message that was sent from the account, here or elsewhere.
    pub const ECHO: &str = "echo";
    /// A status of a sent message.
    pub const STATUS: &str = "status";
    /// A client has deleted a message.
    pub const DELETION: &str = "deletion";
    /// A body that is not a webhook of a known platform.
    pub const UNREADABLE: &str = "unreadable";
}

/// An id of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Alias {
    pub(super) kind: AliasKind,
    pub(super) value: String,
}

/// A parsed update.
#[derive(Clone, Debug)]
pub(super) enum Parsed {
    /// A message of a client.
    Message(Box<InboundMessage>),
    /// A reaction of a client; without an emoji it was removed.
    Reaction {
        from: Sender,
        external_id: String,
        emoji: Option<String>,
    },
    /// A deletion by a client.
    Deletion { external_id: String },
    /// A status of a sent message.
    Status(InboundStatus),
    /// An update without an effect on conversations.
    Other,
}

/// Sender of an update.
#[derive(Clone, Debug)]
pub(super) struct Sender {
    /// Ids, the most stable first.
    pub(super) aliases: Vec<Alias>,
    /// Name as the person has set it.
    pub(super) name: Option<String>,
}

/// A message of a client.
#[derive(Clone, Debug)]
pub(super) struct InboundMessage {
    pub(super) external_id: String,
    pub(super) from: Sender,
    pub(super) sent_at: Timestamp,
    pub(super) draft: Draft,
    pub(super) media: Option<InboundMedia>,
    /// External id of the message to which it replies.
    pub(super) reply_to: Option<String>,
    /// Whether the client came from an advertisement.
    pub(super) is_from_ad: bool,
}

/// Media of a message.
#[derive(Clone, Debug)]
pub(super) struct InboundMedia {
    /// Where the content is.
    pub(super) location: MediaLocation,
    /// Media type, if stated.
    pub(super) content_type: Option<String>,
    /// File name, if stated.
    pub(super) name: Option<String>,
}

/// Where the content of media is.
#[derive(Clone, Debug)]
pub(super) enum MediaLocation {
    /// Id at the Graph API.
    Id(String),
    /// URL.
    Url(String),
}

/// A status of a sent message.
#[derive(Clone, Debug)]
pub(super) struct InboundStatus {
    pub(super) external_id: String,
    pub(super) status: PlatformStatus,
    pub(super) at: Timestamp,
    pub(super) reason: Option<String>,
    /// The value that was sent with the message.
    pub(super) callback_data: Option<String>,
}

/// Parses an update. `None` if it lacks what its kind requires.
pub(super) fn parse(platform: Platform, kind: &str, update: &Value) -> Option<Parsed> {
    match platform {
        Platform::Whatsapp => whatsapp::parse(kind, update),
        Platform::Instagram => instagram::parse(kind, update),
    }
}

/// Returns the text at a JSON Pointer, unless it is empty.
fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value
        .pointer(pointer)?
        .as_str()
        .filter(|text| !text.is_empty())
}

fn owned(value: &Value, pointer: &str) -> Option<String> {
    text(value, pointer).map(ToOwned::to_owned)
}

/// Returns a number that is sent as a number or as a text.
fn number(value: &Value, pointer: &str) -> Option<i64> {
    let value = value.pointer(pointer)?;
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// Returns metadata with one member.
fn metadata(name: &str, value: Value) -> RawJson {
    let object = serde_json::json!({ name: value });
    RawJson(object.to_string().into())
}
