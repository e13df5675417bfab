//! The connections of this process and the distribution of stored changes to them.

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
pub(crate) use store_events::on_change;
pub(crate) use subscribe::StreamReset;
use wire::frames::CloseReason;

type SubscriptionKey = (TenantId, Id<Conversation>);
type UserKey = (TenantId, Id<User>);

/// All connections of this process. Cheap to clone.
#[derive(Clone)]
pub struct Hub(pub(crate) Arc<Inner>);

impl std::fmt::Debug for Hub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hub")
    }
}

pub(crate) struct Inner {
    pub(crate) context: Context,
    pub(crate) authenticator: Authenticator,
    pub(crate) user_cache: UserCache,
    pub(crate) blocks: Blocks,
    pub(crate) typing: typing::Writer,
    pub(crate) typing_tracker: typing::TypingTracker,
    pub(crate) message_sender: MessageSender,
    pub(crate) presence: PresenceWriter,
    pub(crate) reconciler: Reconciler,
    pub(crate) device_ids: DeviceIdLimiter,
    subscriptions: DashMap<SubscriptionKey, Arc<Subscription>>,
    user_logs: DashMap<UserKey, Arc<UserLogSubscription>>,
    users: DashMap<UserKey, UserEntry>,
    next_id: AtomicU64,
    closing: std::sync::atomic::AtomicBool,
}

/// Counts of a hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HubStats {
    /// Open connections.
    pub connections: usize,
    /// Users with at least one connection.
    pub users: usize,
    /// Conversations with at least one subscriber.
    pub subscriptions: usize,
}

impl Hub {
    /// Creates a hub that follows the store's change events. Must be called in a tokio
    /// runtime.
    #[must_use]
    pub fn new(store: &Store, authenticator: Authenticator, user_cache: UserCache) -> Self {
        let changes = store.watch();
        let (presence, presence_task, last_seen_task) = PresenceWriter::new();
        let (reconciler, reconciler_task) = Reconciler::new();
        let hub = Self(Arc::new(Inner {
            context: store.context().clone(),
            authenticator,
            user_cache,
            blocks: Blocks::new(store),
            typing: typing::Writer::default(),
            typing_tracker: typing::TypingTracker::default(),
            message_sender: MessageSender::default(),
            presence,
            reconciler,
            device_ids: DeviceIdLimiter::default(),
            subscriptions: DashMap::new(),
            user_logs: DashMap::new(),
            users: DashMap::new(),
            next_id: AtomicU64::new(1),
            closing: std::sync::atomic::AtomicBool::new(false),
        }));
        tokio::spawn(store_events::run(Arc::downgrade(&hub.0), changes));
        tokio::spawn(presence_task.serve());
        tokio::spawn(last_seen_task.serve());
        tokio::spawn(reconciler_task.serve(Arc::downgrade(&hub.0)));
        tokio::spawn(typing::expire(Arc::downgrade(&hub.0)));
        hub
    }

    /// Returns the current counts.
    #[must_use]
    pub fn stats(&self) -> HubStats {
        let mut stats = HubStats {
            connections: 0,
            users: 0,
            subscriptions: self.0.subscriptions.len(),
        };
        for entry in self
            .0
            .users
            .iter()
            .filter(|entry| !entry.connections.is_empty())
        {
            stats.connections = stats.connections.saturating_add(entry.connections.len());
            stats.users = stats.users.saturating_add(1);
        }
        stats
    }

    /// Closes every connection because the server restarts, and rejects new ones.
    pub fn close(&self) {
        self.0.closing.store(true, Ordering::SeqCst);
        for entry in &self.0.users {
            entry.connections.iter().for_each(|connection| {
                connection
                    .send_queue
                    .close(CloseReason::Restart, Some(RESTART_MS));
            });
        }
    }

    /// Waits until all presence changes so far are written.
    pub async fn settled(&self) {
        self.0.presence.settled().await;
    }
}

/// Time that clients wait before they reconnect after a restart, in milliseconds.
const RESTART_MS: u64 = 1_000;

impl Inner {
    pub(crate) fn next_id(&self) -> u64 {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }

    /// Returns an ID above those of all existing connections.
    pub(crate) fn newest_id(&self) -> u64 {
        self.next_id.load(Ordering::Relaxed)
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::SeqCst)
    }

    /// Adds a connection to the subscription of a conversation. The map entry stays
    /// locked, so that the subscription cannot be dropped as idle in between.
    pub(crate) fn add_subscriber(
        &self,
        connection: &Arc<Connection>,
        conversation: Id<Conversation>,
        visibility: subscription::Visibility,
    ) -> Arc<Subscription> {
        let tenant = &connection.tenant;
        let new = || {
            Arc::new(Subscription::new(
                tenant.clone(),
                self.user_cache.clone(),
                conversation,
            ))
        };
        let subscription = self
            .subscriptions
            .entry((tenant.id(), conversation))
            .or_insert_with(new);
        subscription.register(connection, visibility);
        Arc::clone(&subscription)
    }

    /// Adds a connection to the subscription of its user's log. The map entry stays
    /// locked, so that the subscription cannot be dropped as idle in between.
    pub(crate) fn add_user_log(&self, connection: &Arc<Connection>) -> Arc<UserLogSubscription> {
        let tenant = &connection.tenant;
        let user = connection.user;
        let new = || Arc::new(UserLogSubscription::new(tenant.clone(), user));
        let subscription = self
            .user_logs
            .entry((tenant.id(), user))
            .or_insert_with(new);
        subscription.register(connection);
        Arc::clone(&subscription)
    }

    pub(crate) fn find_user_log(
        &self,
        tenant: TenantId,
        user: Id<User>,
    ) -> Option<Arc<UserLogSubscription>> {
        self.user_logs
            .get(&(tenant, user))
            .map(|subscription| Arc::clone(&subscription))
    }

    pub(crate) fn find_subscription(
        &self,
        tenant: TenantId,
        conversation: Id<Conversation>,
    ) -> Option<Arc<Subscription>> {
        self.subscriptions
            .get(&(tenant, conversation))
            .map(|subscription| Arc::clone(&subscription))
    }

    /// Returns whether a connection is subscribed to a conversation.
    pub(crate) fn follows(&self, connection: &Connection, conversation: Id<Conversation>) -> bool {
        let subscription = self.find_subscription(connection.tenant_id(), conversation);
        subscription.is_some_and(|subscription| subscription.follows(connection.id))
    }

    /// Removes a connection everywhere. Writes its device as offline if the handshake
    /// was complete.
    pub(crate) fn disconnect(&self, connection: &Arc<Connection>, was_ready: bool) {
        for subscription in connection.end().iter().filter_map(std::sync::Weak::upgrade) {
            self.unsubscribe(connection, &subscription);
        }
        if let Some(subscription) = self.find_user_log(connection.tenant_id(), connection.user) {
            subscription.remove(connection.id);
            self.user_logs.remove_if(
                &(connection.tenant_id(), connection.user),
                |_, subscription| subscription.is_idle(),
            );
        }
        self.unwatch(connection);
        self.unregister(connection, was_ready);
        typing::end_all(self, connection);
    }

    /// Removes a connection from one subscription.
    pub(crate) fn unsubscribe(&self, connection: &Connection, subscription: &Subscription) {
        if subscription.remove(connection.id) {
            self.subscriptions.remove_if(
                &(subscription.tenant.id(), subscription.conversation),
                |_, subscription| subscription.is_idle(),
            );
        }
    }
}
