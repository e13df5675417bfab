use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use base::{Id, TenantId, limit};
use domain::auth::AuthContext;
use domain::messaging::Conversation;
use domain::users::User;
use parking_lot::Mutex;
use store::TenantStore;
use wire::frames::CloseReason;

use crate::pending_receipts::PendingReceipts;
use crate::send_queue::SendQueue;
use crate::subscription::Subscription;
use crate::user_log_subscription::UserLogSubscription;

/// One connected client, by WebSocket or event stream.
pub(crate) struct Connection {
    /// Identifier that is unique within this process.
    pub(crate) id: u64,
    pub(crate) tenant: TenantStore,
    pub(crate) user: Id<User>,
    pub(crate) device: String,
    /// Whether the client chose the device ID, so that the device may be registered
    /// under it.
    pub(crate) is_device_named: bool,
    pub(crate) send_queue: SendQueue,
    pub(crate) receipts: PendingReceipts,
    pub(crate) state: Mutex<State>,
    /// Number of consecutive rejected frames.
    pub(crate) rejected: AtomicUsize,
}

/// Mutable state of a connection.
pub(crate) struct State {
    /// Authentication context, checked again after a revocation.
    pub(crate) auth: AuthContext,
    /// Subscriptions that found the send queue full.
    pub(crate) blocked: Vec<Weak<Subscription>>,
    /// All subscriptions, to remove the connection from them when it ends.
    pub(crate) subscriptions: Vec<Weak<Subscription>>,
    /// The subscription to the user's own log.
    pub(crate) user_log: Weak<UserLogSubscription>,
    /// Users whose presence is sent to this connection.
    pub(crate) watched: HashSet<Id<User>>,
    /// The conversation that the client named as shared with the watched users.
    pub(crate) watched_in: Option<Id<Conversation>>,
    /// Whether the client allows its user to be shown as online.
    pub(crate) shows_online: bool,
    /// Conversations in which the connection is typing, newest last.
    pub(crate) typing: Vec<Id<Conversation>>,
    /// Whether the session has ended, after which nothing may register the connection.
    pub(crate) has_ended: bool,
}

/// Error: the session of the connection has ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ended;

impl Connection {
    pub(crate) fn tenant_id(&self) -> TenantId {
        self.tenant.id()
    }

    /// Returns the remaining lifetime of the token.
    pub(crate) fn token_remaining(&self) -> Duration {
        let expires_at = self.state.lock().auth.expires_at();
        let remaining = expires_at.map_or(i64::MAX, |expires_at| {
            expires_at
                .millis()
                .saturating_sub(self.tenant.context().now().millis())
        });
        // Timers have a limited range; no user token lives longer than this.
        Duration::from_millis(u64::try_from(remaining).unwrap_or(0))
            .min(Duration::from_secs(limit::USER_TOKEN_SECONDS as u64))
    }

    /// Sets the initial subscriptions. The list has no spare capacity. Keeps
    /// subscriptions that were added meanwhile.
    pub(crate) fn set_subscriptions(&self, mut subscriptions: Vec<Weak<Subscription>>) {
        let mut state = self.state.lock();
        subscriptions.append(&mut state.subscriptions);
        state.subscriptions = subscriptions;
    }

    /// Adds a subscription.
    ///
    /// Fails if the session has ended, because nothing would remove the connection from
    /// the subscription.
    pub(crate) fn add_subscription(&self, subscription: &Arc<Subscription>) -> Result<(), Ended> {
        let mut state = self.state.lock();
        if state.has_ended {
            return Err(Ended);
        }
        state.subscriptions.push(Arc::downgrade(subscription));
        Ok(())
    }

    /// Marks the session as ended and returns the subscriptions to remove the
    /// connection from.
    pub(crate) fn end(&self) -> Vec<Weak<Subscription>> {
        let mut state = self.state.lock();
        state.has_ended = true;
        std::mem::take(&mut state.subscriptions)
    }

    /// Resumes subscriptions that found the send queue full.
    pub(crate) fn resume_blocked(&self) {
        if self.send_queue.writable() {
            let blocked = std::mem::take(&mut self.state.lock().blocked);
            blocked
                .iter()
                .filter_map(Weak::upgrade)
                .for_each(|subscription| subscription.writable(self.id));
            let user_log = self.state.lock().user_log.upgrade();
            user_log
                .into_iter()
                .for_each(|subscription| subscription.writable(self.id));
        }
    }

    /// Counts consecutive rejected frames. Closes the connection after
    /// [`limit::REJECTED_FRAMES`] of them.
    pub(crate) fn count_rejection(&self, rejected: bool) {
        if !rejected {
            self.rejected.store(0, Ordering::Relaxed);
        } else if self
            .rejected
            .fetch_add(1, Ordering::Relaxed)
            .saturating_add(1)
            >= limit::REJECTED_FRAMES
        {
            self.send_queue.close(CloseReason::TooManyErrors, None);
        }
    }

    /// Records a subscription that found the send queue full.
    pub(crate) fn add_blocked(&self, subscription: &Arc<Subscription>) {
        self.state.lock().blocked.push(Arc::downgrade(subscription));
    }
}
