//! The records of a history.

use std::collections::BTreeMap;
use std::time::Instant;

/// Everything recorded during a test.
#[derive(Debug, Clone, Default)]
pub struct OperationHistory {
    /// Attempts to send, including retries.
    pub sent: Vec<Sent>,
    /// Events that clients applied, in the order of each reader.
    pub receipts: Vec<Receipt>,
    /// Receipts that clients received, in the order of each observer.
    pub marks: Vec<Mark>,
    /// The final logs by conversation.
    pub logs: BTreeMap<String, Vec<Record>>,
    /// The final unread counts.
    pub unread: Vec<Unread>,
    /// The canary word in the texts of each tenant, by tenant.
    pub canaries: BTreeMap<String, String>,
    /// Texts that clients received, each with the tenant of the client.
    pub seen: Vec<(String, String)>,
}

/// One attempt to send a message, as observed by its client.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The id of the conversation.
    pub conversation: String,
    /// The id of the sender.
    pub sender: String,
    /// The idempotency key, the same in every retry.
    pub client_message_id: String,
    /// Time before the request was sent.
    pub begun: Instant,
    /// Time after the response was received or given up.
    pub ended: Instant,
    /// The outcome of the attempt.
    pub outcome: Outcome,
}

/// The outcome of an attempt to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The message is stored.
    Acknowledged {
        /// The id of the message.
        id: String,
        /// The sequence number of the message.
        seq: i64,
    },
    /// The message is not stored and will not be.
    Refused,
    /// No response was received, or one that leaves the outcome open.
    Unclear,
}

/// An event that a client applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The client, one device of one user.
    pub reader: String,
    /// The id of the conversation.
    pub conversation: String,
    /// The sequence number of the event.
    pub seq: i64,
    /// The id of the message if the event is a new message.
    pub message: Option<String>,
}

/// A record of a final log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Record {
    /// The sequence number.
    pub seq: i64,
    /// The id.
    pub id: String,
    /// The id of the user that caused it.
    pub sender: String,
    /// The sender's idempotency key if it is a message.
    pub client_message_id: Option<String>,
    /// Whether it is a message of the main timeline.
    pub shown: bool,
    /// Whether it was deleted later.
    pub deleted: bool,
}

/// The kind of a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MarkKind {
    /// Read up to a sequence number.
    Read,
    /// Delivered up to a sequence number.
    Delivered,
}

/// A receipt as received by an observer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The client that received it.
    pub observer: String,
    /// The id of the conversation.
    pub conversation: String,
    /// The id of the user whose receipt it is.
    pub user: String,
    /// Whether it is a read or a delivery receipt.
    pub kind: MarkKind,
    /// The sequence number of the receipt.
    pub seq: i64,
}

/// A final unread count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// The id of the user.
    pub user: String,
    /// The id of the conversation.
    pub conversation: String,
    /// The sequence number up to which the user has read.
    pub read_seq: i64,
    /// The count returned by the server.
    pub told: usize,
}
