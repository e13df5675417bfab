//! The connected users and their devices.

use std::sync::Arc;

use base::{Id, Result, TenantId, limit};
use domain::users::User;
use wire::frames::CloseReason;

use super::Inner;
use crate::connection::Connection;

/// The connections and watchers of a user in this process.
#[derive(Default)]
pub(super) struct UserEntry {
    /// Connections of the user, oldest first.
    pub(super) connections: Vec<Arc<Connection>>,
    /// Connections that watch the user's presence.
    pub(super) watchers: Vec<Watcher>,
    /// Version of the latest known presence change.
    pub(super) change: u64,
}

/// A connection that watches a user's presence.
pub(super) struct Watcher {
    pub(super) connection: Arc<Connection>,
    /// The state sent last.
    pub(super) sent: Option<bool>,
}

impl UserEntry {
    pub(super) fn is_empty(&self) -> bool {
        self.connections.is_empty() && self.watchers.is_empty()
    }
}

impl Inner {
    /// Registers a connection. Replaces the device's previous one and evicts the oldest
    /// above `USER_CONNECTIONS`.
    pub(crate) fn register(&self, connection: &Arc<Connection>) {
        let mut entry = self
            .users
            .entry((connection.tenant_id(), connection.user))
            .or_default();
        for previous in entry
            .connections
            .iter()
            .filter(|previous| previous.device == connection.device)
        {
            previous.send_queue.close(CloseReason::Replaced, None);
        }
        entry
            .connections
            .retain(|previous| previous.device != connection.device);
        entry.connections.reserve_exact(1);
        entry.connections.push(Arc::clone(connection));
        let beyond = entry
            .connections
            .len()
            .saturating_sub(limit::USER_CONNECTIONS);
        for oldest in entry.connections.drain(..beyond) {
            oldest.send_queue.close(CloseReason::Replaced, None);
        }
    }

    /// Removes a connection. If the handshake was complete, writes the device as
    /// offline unless it is connected again.
    pub(super) fn unregister(&self, connection: &Arc<Connection>, was_ready: bool) {
        let key = (connection.tenant_id(), connection.user);
        let mut entry = self.users.entry(key).or_default();
        entry.connections.retain(|other| other.id != connection.id);
        if was_ready
            && !entry
                .connections
                .iter()
                .any(|other| other.device == connection.device)
        {
            // A reconnecting device takes the same lock, so that its online update is
            // queued later.
            self.presence
                .set_offline(connection, entry.connections.is_empty());
        }
        drop(entry);
        self.users.remove_if(&key, |_, entry| entry.is_empty());
    }

    /// Queues the device as online, unless another connection replaced this one.
    pub(crate) fn set_online(&self, connection: &Arc<Connection>) {
        self.if_registered(connection, || self.presence.set_online(connection));
    }

    /// Does the same as [`Inner::set_online`] and waits until it is written.
    pub(crate) async fn set_online_written(&self, connection: &Arc<Connection>) -> Result<()> {
        match self.if_registered(connection, || self.presence.set_online_written(connection)) {
            Some(written) => written.await,
            None => Ok(()),
        }
    }

    /// Runs `action` if the connection is still registered. A replacing connection
    /// takes the same lock.
    fn if_registered<T>(&self, connection: &Connection, action: impl FnOnce() -> T) -> Option<T> {
        let entry = self.users.get(&(connection.tenant_id(), connection.user))?;
        entry
            .connections
            .iter()
            .any(|other| other.id == connection.id)
            .then(action)
    }

    /// Returns the connection of a device to this process.
    pub(super) fn connection_of(
        &self,
        tenant: TenantId,
        user: Id<User>,
        device: &str,
    ) -> Option<Arc<Connection>> {
        let entry = self.users.get(&(tenant, user))?;
        entry
            .connections
            .iter()
            .find(|connection| connection.device == device)
            .cloned()
    }

    /// Returns the connections of a user.
    pub(crate) fn connections_of(&self, tenant: TenantId, user: Id<User>) -> Vec<Arc<Connection>> {
        self.users
            .get(&(tenant, user))
            .map(|entry| entry.connections.clone())
            .unwrap_or_default()
    }

    /// Returns every connection for which `wanted` is true.
    pub(super) fn connections(&self, wanted: impl Fn(&Connection) -> bool) -> Vec<Arc<Connection>> {
        let all = self.users.iter();
        all.flat_map(|entry| {
            entry
                .connections
                .iter()
                .filter(|connection| wanted(connection))
                .cloned()
                .collect::<Vec<_>>()
        })
        .collect()
    }
}
