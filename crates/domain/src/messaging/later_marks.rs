use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use base::{Id, TenantId, limit};
use parking_lot::Mutex;
use store::TenantStore;

use super::collections::Conversation;
use super::mark::{Receipts, mark_many};
use crate::users::User;

/// How long after a user's send their mark is written.
const LATER: Duration = Duration::from_secs(1);

/// Marks that follow from what users send: whoever writes has read so far.
/// They are written together a second later, so that no send waits for them;
/// what a stop loses, the next send or read makes good. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct ReceiptDebouncer(Arc<Mutex<Waiting>>);

type Waiting = HashMap<(TenantId, Id<User>), HashMap<Id<Conversation>, Receipts>>;

impl ReceiptDebouncer {
    /// A user's message stands at this number. Beyond
    /// [`limit::LATER_MARKS`] users it is not noted. Must be called in a tokio runtime.
    pub fn sent(
        &self,
        tenant: &TenantStore,
        user: Id<User>,
        conversation: Id<Conversation>,
        seq: i64,
    ) {
        let key = (tenant.id(), user);
        let mut all = self.0.lock();
        let is_new = !all.contains_key(&key);
        if is_new && all.len() >= limit::LATER_MARKS {
            return;
        }
        let marks = all.entry(key).or_default().entry(conversation).or_default();
        *marks = Receipts {
            read_seq: marks.read_seq.max(seq),
            delivered_seq: marks.delivered_seq.max(seq),
        };
        drop(all);
        if is_new {
            tokio::spawn(self.clone().write(tenant.clone(), user));
        }
    }

    async fn write(self, tenant: TenantStore, user: Id<User>) {
        tokio::time::sleep(LATER).await;
        let raised = self
            .0
            .lock()
            .remove(&(tenant.id(), user))
            .unwrap_or_default();
        if let Err(failure) = mark_many(&tenant, user, raised).await {
            tracing::debug!(error = %failure, "the marks of a user's own messages could not be written");
        }
    }
}
