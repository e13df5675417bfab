//! What is written down.

use std::collections::BTreeMap;
use std::time::Instant;

/// Everything that was written down.
#[derive(Debug, Clone, Default)]
pub struct OperationHistory {
    /// Every attempt to send, retries too.
    pub sent: Vec<Sent>,
    /// Every event that a client applied, in the order of each reader.
    pub receipts: Vec<Receipt>,
    /// Marks that readers were told, in the order of each observer.
    pub marks: Vec<Mark>,
    /// The logs as they stand at the end, by conversation.
    pub logs: BTreeMap<String, Vec<Record>>,
    /// Unread counts as they are told at the end.
    pub unread: Vec<Unread>,
    /// The word that each tenant's texts carry, by tenant.
    pub canaries: BTreeMap<String, String>,
    /// Texts that clients saw, each with the tenant of who saw it.
    pub seen: Vec<(String, String)>,
}

/// One attempt to send a message, as its client saw it.
#[derive(Debug, Clone)]
pub struct Sent {
    /// Where to.
    pub conversation: String,
    /// Who.
    pub sender: String,
    /// The same in every retry.
    pub client_message_id: String,
    /// Before the request went out.
    pub begun: Instant,
    /// After the answer came in, or was given up.
    pub ended: Instant,
    /// What the answer said.
    pub outcome: Outcome,
}

/// What the answer to a send said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The message is stored.
    Acknowledged {
        /// Its id.
        id: String,
        /// Its number.
        seq: i64,
    },
    /// The message does not stand, and will not.
    Refused,
    /// No answer, or one that leaves it open.
    Unclear,
}

/// One event that a client applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Whose client: one device of one user.
    pub reader: String,
    /// In which conversation.
    pub conversation: String,
    /// The event's number.
    pub seq: i64,
    /// The message's id, where the event is about a new message.
    pub message: Option<String>,
}

/// One record of a log at the end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Record {
    /// Its number.
    pub seq: i64,
    /// Its id.
    pub id: String,
    /// Who caused it.
    pub sender: String,
    /// The sender's key, where it is a message.
    pub client_message_id: Option<String>,
    /// Whether it is a message of the main timeline.
    pub shown: bool,
    /// Whether it was deleted since.
    pub deleted: bool,
}

/// Which mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MarkKind {
    /// Read up to here.
    Read,
    /// Delivered up to here.
    Delivered,
}

/// One mark as an observer was told it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Whose client was told.
    pub observer: String,
    /// In which conversation.
    pub conversation: String,
    /// Whose mark it is.
    pub user: String,
    /// Which of that user's marks.
    pub kind: MarkKind,
    /// Its sequence number.
    pub seq: i64,
}

/// An unread count at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// Whose.
    pub user: String,
    /// In which conversation.
    pub conversation: String,
    /// The user's read mark.
    pub read_seq: i64,
    /// The count as the server tells it.
    pub told: usize,
}
