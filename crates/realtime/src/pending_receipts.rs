use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use base::Id;
use domain::messaging::{Conversation, Receipts, mark_many};
use parking_lot::Mutex;

use crate::connection::Connection;

/// The shortest time between two writes of one connection's marks.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// Marks of one connection that wait to be written: the first at once, the
/// others together once a second.
#[derive(Default)]
pub(crate) struct PendingReceipts(Mutex<State>);

#[derive(Default)]
struct State {
    pending: HashMap<Id<Conversation>, Receipts>,
    writing: bool,
}

impl PendingReceipts {
    /// Raises marks, now or within a second.
    pub(crate) fn raise(
        connection: &Arc<Connection>,
        conversation: Id<Conversation>,
        marks: Receipts,
    ) {
        let mut state = connection.marks.0.lock();
        let pending = state.pending.entry(conversation).or_default();
        pending.read_seq = pending.read_seq.max(marks.read_seq);
        pending.delivered_seq = pending.delivered_seq.max(marks.delivered_seq);
        if !std::mem::replace(&mut state.writing, true) {
            tokio::spawn(write(Arc::clone(connection)));
        }
    }

    fn take(&self) -> Option<HashMap<Id<Conversation>, Receipts>> {
        let mut state = self.0.lock();
        if state.pending.is_empty() {
            state.writing = false;
            return None;
        }
        Some(std::mem::take(&mut state.pending))
    }
}

async fn write(connection: Arc<Connection>) {
    while let Some(marks) = connection.marks.take() {
        if let Err(failure) = mark_many(&connection.tenant, connection.user, marks).await {
            tracing::warn!(error = %failure, "marks could not be written; the client's next ones will be");
        }
        tokio::time::sleep(RETRY_DELAY).await;
    }
}
