//! History of the operations of load clients, and the checkers that must hold at the end.

mod checkers;
mod operation;
mod operation_history;

use std::sync::Arc;
use std::time::Instant;

use parking_lot::Mutex;

pub use checkers::violations;
pub use operation::Operation;
pub use operation_history::{
    Mark, MarkKind, OperationHistory, Outcome, Receipt, Record, Sent, Unread,
};

/// A recorder that many clients share.
#[derive(Debug, Clone, Default)]
pub struct HistoryRecorder(Arc<Mutex<OperationHistory>>);

impl HistoryRecorder {
    /// Records the beginning of a send. The operation returned records its outcome.
    #[must_use]
    pub fn begin(&self, conversation: &str, sender: &str, client_message_id: &str) -> Operation {
        let begun = Instant::now();
        let sent = Sent {
            conversation: conversation.to_owned(),
            sender: sender.to_owned(),
            client_message_id: client_message_id.to_owned(),
            begun,
            ended: begun,
            outcome: Outcome::Unclear,
        };
        Operation::new(self.clone(), sent)
    }

    pub(super) fn sent(&self, sent: Sent) {
        self.0.lock().sent.push(sent);
    }

    /// Records an event that a client applied.
    pub fn receive(&self, receipt: Receipt) {
        self.0.lock().receipts.push(receipt);
    }

    /// Records a read or delivery receipt that a client received.
    pub fn mark(&self, mark: Mark) {
        self.0.lock().marks.push(mark);
    }

    /// Records a text that a client of a tenant received.
    pub fn saw(&self, tenant: &str, text: &str) {
        self.0
            .lock()
            .seen
            .push((tenant.to_owned(), text.to_owned()));
    }

    /// Returns the number of sends acknowledged so far.
    #[must_use]
    pub fn acknowledged(&self) -> usize {
        let is_acknowledged = |sent: &&Sent| matches!(sent.outcome, Outcome::Acknowledged { .. });
        self.0.lock().sent.iter().filter(is_acknowledged).count()
    }

    /// Returns a copy of the history so far.
    #[must_use]
    pub fn history(&self) -> OperationHistory {
        self.0.lock().clone()
    }
}
