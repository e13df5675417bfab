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

/// One client that follows its user's conversations.
pub(crate) struct Connection {
    /// Distinguishes connections of this process.
    pub(crate) number: u64,
    pub(crate) tenant: TenantStore,
    pub(crate) user: Id<User>,
    pub(crate) device: String,
    /// Whether the client gave the device its name, so that it may be registered under it.
    pub(crate) named: bool,
    pub(crate) outbox: SendQueue,
    pub(crate) marks: PendingReceipts,
    pub(crate) state: Mutex<State>,
    /// Rejected frames since the last one that was not.
    pub(crate) rejected: AtomicUsize,
}

/// What changes while a connection lasts.
pub(crate) struct State {
    /// Who they are, to be asked again when something was revoked.
    pub(crate) caller: AuthContext,
    /// Feeds that were turned away by a full outbox.
    pub(crate) stalled: Vec<Weak<Subscription>>,
    /// All feeds, to leave them at the end.
    pub(crate) feeds: Vec<Weak<Subscription>>,
    /// The feed of their user's own log.
    pub(crate) user_feed: Weak<UserLogSubscription>,
    /// Users whose presence is told.
    pub(crate) watched: HashSet<Id<User>>,
    /// The conversation that its client named as shared with them.
    pub(crate) watched_in: Option<Id<Conversation>>,
    /// Whether the client lets its user show as online.
    pub(crate) shows_online: bool,
    /// Conversations in which it types, the newest last.
    pub(crate) typing: Vec<Id<Conversation>>,
    /// Whether the session has ended, so that nothing may register the connection any more.
    pub(crate) has_ended: bool,
}

/// The session of a connection has ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ended;

impl Connection {
    pub(crate) fn tenant_id(&self) -> TenantId {
        self.tenant.id()
    }

    /// How long the token still holds.
    pub(crate) fn until_token_ends(&self) -> Duration {
        let ends = self.state.lock().caller.expires_at();
        let left = ends.map_or(i64::MAX, |ends| {
            ends.millis()
                .saturating_sub(self.tenant.context().now().millis())
        });
        // Timers do not reach far into the future; a token's day is well within.
        Duration::from_millis(u64::try_from(left).unwrap_or(0))
            .min(Duration::from_secs(limit::USER_TOKEN_SECONDS as u64))
    }

    /// Notes the feeds that it follows, in a list with no room to spare. One
    /// that it came into meanwhile is noted already.
    pub(crate) fn follow(&self, mut feeds: Vec<Weak<Subscription>>) {
        let mut state = self.state.lock();
        feeds.append(&mut state.feeds);
        state.feeds = feeds;
    }

    /// Records one more feed that it follows.
    ///
    /// Fails if the session has ended: then no end of it would remove the
    /// connection from the feed.
    pub(crate) fn also_follow(&self, feed: &Arc<Subscription>) -> Result<(), Ended> {
        let mut state = self.state.lock();
        if state.has_ended {
            return Err(Ended);
        }
        state.feeds.push(Arc::downgrade(feed));
        Ok(())
    }

    /// Ends it and returns the feeds that it has to be removed from.
    pub(crate) fn end(&self) -> Vec<Weak<Subscription>> {
        let mut state = self.state.lock();
        state.has_ended = true;
        std::mem::take(&mut state.feeds)
    }

    /// Lets feeds that were turned away go on.
    pub(crate) fn resume_blocked(&self) {
        if self.outbox.writable() {
            let stalled = std::mem::take(&mut self.state.lock().stalled);
            stalled
                .iter()
                .filter_map(Weak::upgrade)
                .for_each(|feed| feed.writable(self.number));
            let user_feed = self.state.lock().user_feed.upgrade();
            user_feed
                .into_iter()
                .for_each(|feed| feed.writable(self.number));
        }
    }

    /// Notes whether a frame was rejected. Closes the connection after
    /// [`limit::REJECTED_FRAMES`] consecutive ones.
    pub(crate) fn note(&self, rejected: bool) {
        if !rejected {
            self.rejected.store(0, Ordering::Relaxed);
        } else if self
            .rejected
            .fetch_add(1, Ordering::Relaxed)
            .saturating_add(1)
            >= limit::REJECTED_FRAMES
        {
            self.outbox.close(CloseReason::TooManyErrors, None);
        }
    }

    /// Notes that a feed was turned away.
    pub(crate) fn stall(&self, feed: &Arc<Subscription>) {
        self.state.lock().stalled.push(Arc::downgrade(feed));
    }
}
