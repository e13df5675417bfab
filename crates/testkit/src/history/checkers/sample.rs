//! A valid history, which the test of each checker then violates.

use std::time::{Duration, Instant};

use crate::history::{Mark, MarkKind, OperationHistory, Outcome, Receipt, Record, Sent, Unread};

/// Returns a history in which Alice sent Bob two messages one after the other and Bob read the
/// first.
pub fn valid() -> OperationHistory {
    let start = Instant::now();
    let sent = |number: u32| Sent {
        conversation: "c".to_owned(),
        sender: "alice".to_owned(),
        client_message_id: format!("key {number}"),
        begun: start + Duration::from_secs(u64::from(number) * 10),
        ended: start + Duration::from_secs(u64::from(number) * 10 + 1),
        outcome: Outcome::Acknowledged {
            id: format!("m{number}"),
            seq: i64::from(number),
        },
    };
    let record = |number: i64| Record {
        seq: number,
        id: format!("m{number}"),
        sender: "alice".to_owned(),
        client_message_id: Some(format!("key {number}")),
        shown: true,
        deleted: false,
    };
    let receipt = |number: i64| Receipt {
        reader: "bob".to_owned(),
        conversation: "c".to_owned(),
        seq: number,
        message: Some(format!("m{number}")),
    };
    OperationHistory {
        sent: vec![sent(1), sent(2)],
        receipts: vec![receipt(1), receipt(2)],
        marks: vec![mark(0), mark(1)],
        logs: [("c".to_owned(), vec![record(1), record(2)])].into(),
        unread: vec![Unread {
            user: "bob".to_owned(),
            conversation: "c".to_owned(),
            read_seq: 1,
            told: 1,
        }],
        canaries: [
            ("ours".to_owned(), "wren".to_owned()),
            ("theirs".to_owned(), "robin".to_owned()),
        ]
        .into(),
        seen: vec![("ours".to_owned(), "hello wren".to_owned())],
    }
}

/// Returns the event by which Alice received Bob's read receipt.
pub fn mark(seq: i64) -> Mark {
    Mark {
        observer: "alice".to_owned(),
        conversation: "c".to_owned(),
        user: "bob".to_owned(),
        kind: MarkKind::Read,
        seq,
    }
}

/// Returns the log of the sample conversation.
pub fn log(history: &mut OperationHistory) -> &mut Vec<Record> {
    history.logs.entry("c".to_owned()).or_default()
}
