use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use base::Id;
use domain::messaging::{Conversation, Receipts, advance_receipts};
use parking_lot::Mutex;

use crate::connection::Connection;

/// Shortest time between two writes of one connection's receipts.
const WRITE_INTERVAL: Duration = Duration::from_secs(1);

/// Receipts of one connection that are not written yet. The first is written
/// immediately, later ones once a second.
#[derive(Default)]
pub(crate) struct PendingReceipts(Mutex<State>);

#[derive(Default)]
struct State {
    pending: HashMap<Id<Conversation>, Receipts>,
    writing: bool,
}

impl PendingReceipts {
    /// Queues receipts. They are written within a second.
    pub(crate) fn raise(
        connection: &Arc<Connection>,
        conversation: Id<Conversation>,
        receipts: Receipts,
    ) {
        let mut state = connection.receipts.0.lock();
        let pending = state.pending.entry(conversation).or_default();
        pending.read_seq = pending.read_seq.max(receipts.read_seq);
        pending.delivered_seq = pending.delivered_seq.max(receipts.delivered_seq);
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
    while let Some(receipts) = connection.receipts.take() {
        if let Err(failure) = advance_receipts(&connection.tenant, connection.user, receipts).await
        {
            tracing::warn!(error = %failure, "failed to write receipts");
        }
        tokio::time::sleep(WRITE_INTERVAL).await;
    }
}
