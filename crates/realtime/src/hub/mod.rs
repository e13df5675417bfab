//! What is connected to this process, and how what is written reaches it.

mod blocks;
mod reauthenticate;
mod registration;
mod registry;
mod signals;
mod store_events;
mod subscribe;
mod watchers;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use base::{Context, Id, TenantId};
use dashmap::DashMap;
use domain::auth::Authenticator;
use domain::messaging::{Conversation, MessageSender};
use domain::relationships::Blocks;
use domain::users::{User, UserCache};
use store::Store;

use crate::connection::Connection;
use crate::device_id_limiter::DeviceIdLimiter;
use crate::presence::{PresenceWriter, Reconciler};
use crate::subscription::{self, Subscription};
use crate::typing;
use crate::user_log_subscription::UserLogSubscription;
pub(crate) use reauthenticate::reason as close_reason;
pub(crate) use registration::Registration;
use registry::UserEntry;
#[cfg(test)]
pub(crate) use store_events::hear;
pub(crate) use subscribe::StreamReset;
use wire::frames::CloseReason;

type SubscriptionKey = (TenantId, Id<Conversation>);
type UserKey = (TenantId, Id<User>);

/// Everything that is connected here. Cheap to clone.
#[derive(Clone)]
pub struct Hub(pub(crate) Arc<Inner>);

impl std::fmt::Debug for Hub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hub")
    }
}

pub(crate) struct Inner {
    pub(crate) context: Context,
    pub(crate) door: Authenticator,
    pub(crate) cards: UserCache,
    pub(crate) blocks: Blocks,
    pub(crate) typing: typing::Writer,
    pub(crate) typing_heard: typing::TypingTracker,
    pub(crate) sends: MessageSender,
    pub(crate) reports: PresenceWriter,
    pub(crate) looks: Reconciler,
    pub(crate) device_names: DeviceIdLimiter,
    feeds: DashMap<SubscriptionKey, Arc<Subscription>>,
    user_feeds: DashMap<UserKey, Arc<UserLogSubscription>>,
    people: DashMap<UserKey, UserEntry>,
    numbers: AtomicU64,
    closing: std::sync::atomic::AtomicBool,
}

/// What a hub counts at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HubStats {
    /// Open connections.
    pub connections: usize,
    /// Users with at least one.
    pub users: usize,
    /// Conversations that somebody follows.
    pub feeds: usize,
}

impl Hub {
    /// A hub that follows the store's hints. Must be called in a tokio runtime.
    #[must_use]
    pub fn new(store: &Store, door: Authenticator, cards: UserCache) -> Self {
        let hints = store.watch();
        let (reports, reported, seen) = PresenceWriter::new();
        let (looks, looked_for) = Reconciler::new();
        let hub = Self(Arc::new(Inner {
            context: store.context().clone(),
            door,
            cards,
            blocks: Blocks::new(store),
            typing: typing::Writer::default(),
            typing_heard: typing::TypingTracker::default(),
            sends: MessageSender::default(),
            reports,
            looks,
            device_names: DeviceIdLimiter::default(),
            feeds: DashMap::new(),
            user_feeds: DashMap::new(),
            people: DashMap::new(),
            numbers: AtomicU64::new(1),
            closing: std::sync::atomic::AtomicBool::new(false),
        }));
        tokio::spawn(store_events::run(Arc::downgrade(&hub.0), hints));
        tokio::spawn(reported.serve());
        tokio::spawn(seen.serve());
        tokio::spawn(looked_for.serve(Arc::downgrade(&hub.0)));
        tokio::spawn(typing::expire(Arc::downgrade(&hub.0)));
        hub
    }

    /// What is connected at this moment.
    #[must_use]
    pub fn stats(&self) -> HubStats {
        let mut stats = HubStats {
            connections: 0,
            users: 0,
            feeds: self.0.feeds.len(),
        };
        for person in self
            .0
            .people
            .iter()
            .filter(|person| !person.connections.is_empty())
        {
            stats.connections = stats.connections.saturating_add(person.connections.len());
            stats.users = stats.users.saturating_add(1);
        }
        stats
    }

    /// Tells every client that the server restarts, and takes no more.
    pub fn close(&self) {
        self.0.closing.store(true, Ordering::SeqCst);
        for person in &self.0.people {
            person.connections.iter().for_each(|connection| {
                connection
                    .outbox
                    .close(CloseReason::Restart, Some(RESTART_MS));
            });
        }
    }

    /// Waits until it is written who came and went so far.
    pub async fn settled(&self) {
        self.0.reports.settled().await;
    }
}

/// How long clients wait before they come back after a restart, in milliseconds.
const RESTART_MS: u64 = 1_000;

impl Inner {
    pub(crate) fn next_number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// A number beyond those of all present connections.
    pub(crate) fn newest_number(&self) -> u64 {
        self.numbers.load(Ordering::Relaxed)
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::SeqCst)
    }

    /// Registers a connection with the feed of a conversation. Done under the
    /// entry's lock, so that the feed cannot be dropped as idle in between.
    pub(crate) fn feed(
        &self,
        connection: &Arc<Connection>,
        conversation: Id<Conversation>,
        part: subscription::Part,
    ) -> Arc<Subscription> {
        let tenant = &connection.tenant;
        let new = || {
            Arc::new(Subscription::new(
                tenant.clone(),
                self.cards.clone(),
                conversation,
            ))
        };
        let feed = self
            .feeds
            .entry((tenant.id(), conversation))
            .or_insert_with(new);
        feed.register(connection, part);
        Arc::clone(&feed)
    }

    /// Registers a connection with the feed of its user. Done under the
    /// entry's lock, so that the feed cannot be dropped as idle in between.
    pub(crate) fn user_feed(&self, connection: &Arc<Connection>) -> Arc<UserLogSubscription> {
        let tenant = &connection.tenant;
        let user = connection.user;
        let new = || Arc::new(UserLogSubscription::new(tenant.clone(), user));
        let feed = self
            .user_feeds
            .entry((tenant.id(), user))
            .or_insert_with(new);
        feed.register(connection);
        Arc::clone(&feed)
    }

    pub(crate) fn known_user_feed(
        &self,
        tenant: TenantId,
        user: Id<User>,
    ) -> Option<Arc<UserLogSubscription>> {
        self.user_feeds
            .get(&(tenant, user))
            .map(|feed| Arc::clone(&feed))
    }

    pub(crate) fn known_feed(
        &self,
        tenant: TenantId,
        conversation: Id<Conversation>,
    ) -> Option<Arc<Subscription>> {
        self.feeds
            .get(&(tenant, conversation))
            .map(|feed| Arc::clone(&feed))
    }

    /// Whether a connection follows a conversation now.
    pub(crate) fn follows(&self, connection: &Connection, conversation: Id<Conversation>) -> bool {
        let feed = self.known_feed(connection.tenant_id(), conversation);
        feed.is_some_and(|feed| feed.follows(connection.number))
    }

    /// Forgets a connection everywhere. Where it was greeted it is noted that its device went.
    pub(crate) fn leave(&self, connection: &Arc<Connection>, greeted: bool) {
        for feed in connection.end().iter().filter_map(std::sync::Weak::upgrade) {
            self.leave_feed(connection, &feed);
        }
        if let Some(feed) = self.known_user_feed(connection.tenant_id(), connection.user) {
            feed.leave(connection.number);
            self.user_feeds
                .remove_if(&(connection.tenant_id(), connection.user), |_, feed| {
                    feed.is_idle()
                });
        }
        self.unwatch(connection);
        self.go(connection, greeted);
        typing::end_all(self, connection);
    }

    /// Removes a connection from one feed.
    pub(crate) fn leave_feed(&self, connection: &Connection, feed: &Subscription) {
        if feed.leave(connection.number) {
            self.feeds
                .remove_if(&(feed.tenant.id(), feed.conversation), |_, feed| {
                    feed.is_idle()
                });
        }
    }
}
