//! Who is connected, by which devices, and whose presence is watched.

use std::collections::HashSet;
use std::sync::Arc;

use base::{Id, TenantId, limit};
use domain::users::User;
use store::Tenant;
use wire::frames::CloseReason;

use super::Inner;
use crate::connection::Connection;
use crate::frame::Frame;

/// A user as far as this process is concerned.
#[derive(Default)]
pub(super) struct Person {
    /// Their connections, the oldest first.
    pub(super) connections: Vec<Arc<Connection>>,
    /// Connections that want to be told of their presence.
    watchers: Vec<Arc<Connection>>,
    /// How often it changed since somebody watched.
    changes: u64,
}

impl Person {
    fn is_nobody(&self) -> bool {
        self.connections.is_empty() && self.watchers.is_empty()
    }
}

impl Inner {
    /// Lets a connection in: the same device's former one goes, and the
    /// oldest beyond the bound.
    pub(crate) fn enter(&self, connection: &Arc<Connection>) {
        let mut person = self.people.entry((connection.tenant_id(), connection.user)).or_default();
        for former in person.connections.iter().filter(|former| former.device == connection.device) {
            former.outbox.close(CloseReason::Replaced, None);
        }
        person.connections.retain(|former| former.device != connection.device);
        person.connections.push(Arc::clone(connection));
        let beyond = person.connections.len().saturating_sub(limit::USER_CONNECTIONS);
        for oldest in person.connections.drain(..beyond) {
            oldest.outbox.close(CloseReason::Replaced, None);
        }
    }

    /// Lets a connection go. Its device went, unless it is connected again.
    pub(super) fn go(&self, connection: &Arc<Connection>) {
        let key = (connection.tenant_id(), connection.user);
        let mut person = self.people.entry(key).or_default();
        person.connections.retain(|other| other.number != connection.number);
        if !person.connections.iter().any(|other| other.device == connection.device) {
            // Under the lock that the device takes when it comes back, so that its coming is reported behind.
            self.reports.went(connection, person.connections.is_empty());
        }
        drop(person);
        self.people.remove_if(&key, |_, person| person.is_nobody());
    }

    /// The connections of a user.
    pub(crate) fn connections_of(&self, tenant: TenantId, user: Id<User>) -> Vec<Arc<Connection>> {
        self.people.get(&(tenant, user)).map(|person| person.connections.clone()).unwrap_or_default()
    }

    /// Every connection that `wanted` picks.
    pub(super) fn connections(&self, wanted: impl Fn(&Connection) -> bool) -> Vec<Arc<Connection>> {
        let all = self.people.iter();
        all.flat_map(|person| {
            person.connections.iter().filter(|connection| wanted(connection)).cloned().collect::<Vec<_>>()
        })
        .collect()
    }

    /// Tells a connection of these users' presence from now on, and of no others'.
    pub(crate) fn watch(&self, connection: &Arc<Connection>, users: HashSet<Id<User>>) {
        self.unwatch(connection);
        for user in &users {
            self.people.entry((connection.tenant_id(), *user)).or_default().watchers.push(Arc::clone(connection));
        }
        connection.state.lock().watched = users;
    }

    /// Tells a connection of one user's presence no more.
    pub(super) fn unwatch_one(&self, connection: &Arc<Connection>, user: Id<User>) {
        connection.state.lock().watched.remove(&user);
        let key = (connection.tenant_id(), user);
        if let Some(mut person) = self.people.get_mut(&key) {
            person.watchers.retain(|watcher| watcher.number != connection.number);
        }
        self.people.remove_if(&key, |_, person| person.is_nobody());
    }

    pub(super) fn unwatch(&self, connection: &Arc<Connection>) {
        let watched = std::mem::take(&mut connection.state.lock().watched);
        for user in watched {
            self.unwatch_one(connection, user);
        }
    }

    /// A user's presence changed: the number of the change and a handle of
    /// their tenant, when somebody watches.
    pub(super) fn presence_changed(&self, tenant: TenantId, user: Id<User>) -> Option<(Tenant, u64)> {
        let mut person = self.people.get_mut(&(tenant, user))?;
        person.changes += 1;
        let watcher = person.watchers.first()?;
        Some((watcher.tenant.clone(), person.changes))
    }

    /// Sends a signal to who watches a user, unless their presence changed
    /// again since this change.
    pub(super) fn tell_watchers(&self, tenant: TenantId, user: Id<User>, change: u64, frame: &Frame) {
        if let Some(person) = self.people.get(&(tenant, user)).filter(|person| person.changes == change) {
            for watcher in &person.watchers {
                let _ = watcher.outbox.push(frame.clone());
            }
        }
    }
}
