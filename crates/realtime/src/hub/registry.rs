//! Who is connected, and by which devices.

use std::sync::Arc;

use base::{Id, Result, TenantId, limit};
use domain::users::User;
use wire::frames::CloseReason;

use super::Inner;
use crate::connection::Connection;
use crate::few::make_room;

/// A user as far as this process is concerned.
#[derive(Default)]
pub(super) struct UserEntry {
    /// Their connections, the oldest first.
    pub(super) connections: Vec<Arc<Connection>>,
    /// Connections that watch their presence.
    pub(super) watchers: Vec<Watcher>,
    /// Their presence's last change that was heard of.
    pub(super) change: u64,
}

/// A connection that watches a user's presence.
pub(super) struct Watcher {
    pub(super) connection: Arc<Connection>,
    /// The state that it was sent last.
    pub(super) sent: Option<bool>,
}

impl UserEntry {
    pub(super) fn is_empty(&self) -> bool {
        self.connections.is_empty() && self.watchers.is_empty()
    }
}

impl Inner {
    /// Lets a connection in: the same device's former one goes, and the
    /// oldest beyond the bound.
    pub(crate) fn enter(&self, connection: &Arc<Connection>) {
        let mut person = self
            .people
            .entry((connection.tenant_id(), connection.user))
            .or_default();
        for former in person
            .connections
            .iter()
            .filter(|former| former.device == connection.device)
        {
            former.outbox.close(CloseReason::Replaced, None);
        }
        person
            .connections
            .retain(|former| former.device != connection.device);
        make_room(&mut person.connections);
        person.connections.push(Arc::clone(connection));
        let beyond = person
            .connections
            .len()
            .saturating_sub(limit::USER_CONNECTIONS);
        for oldest in person.connections.drain(..beyond) {
            oldest.outbox.close(CloseReason::Replaced, None);
        }
    }

    /// Lets a connection go. Where it was greeted its device went, unless that
    /// is connected again.
    pub(super) fn go(&self, connection: &Arc<Connection>, greeted: bool) {
        let key = (connection.tenant_id(), connection.user);
        let mut person = self.people.entry(key).or_default();
        person
            .connections
            .retain(|other| other.number != connection.number);
        if greeted
            && !person
                .connections
                .iter()
                .any(|other| other.device == connection.device)
        {
            // Under the lock that the device takes when it comes back, so that its coming is reported behind.
            self.reports.went(connection, person.connections.is_empty());
        }
        drop(person);
        self.people.remove_if(&key, |_, person| person.is_empty());
    }

    /// Has it noted that a device is there, unless another connection took
    /// this one's place.
    pub(crate) fn there(&self, connection: &Arc<Connection>) {
        self.while_here(connection, || self.reports.there(connection));
    }

    /// The same, and waits until it is written.
    pub(crate) async fn there_written(&self, connection: &Arc<Connection>) -> Result<()> {
        match self.while_here(connection, || self.reports.written(connection)) {
            Some(written) => written.await,
            None => Ok(()),
        }
    }

    /// Does something unless another connection took this one's place, under
    /// the lock that the other takes.
    fn while_here<T>(&self, connection: &Connection, act: impl FnOnce() -> T) -> Option<T> {
        let person = self
            .people
            .get(&(connection.tenant_id(), connection.user))?;
        person
            .connections
            .iter()
            .any(|other| other.number == connection.number)
            .then(act)
    }

    /// A device's connection here.
    pub(super) fn connection_of(
        &self,
        tenant: TenantId,
        user: Id<User>,
        device: &str,
    ) -> Option<Arc<Connection>> {
        let person = self.people.get(&(tenant, user))?;
        person
            .connections
            .iter()
            .find(|connection| connection.device == device)
            .cloned()
    }

    /// The connections of a user.
    pub(crate) fn connections_of(&self, tenant: TenantId, user: Id<User>) -> Vec<Arc<Connection>> {
        self.people
            .get(&(tenant, user))
            .map(|person| person.connections.clone())
            .unwrap_or_default()
    }

    /// Every connection that `wanted` picks.
    pub(super) fn connections(&self, wanted: impl Fn(&Connection) -> bool) -> Vec<Arc<Connection>> {
        let all = self.people.iter();
        all.flat_map(|person| {
            person
                .connections
                .iter()
                .filter(|connection| wanted(connection))
                .cloned()
                .collect::<Vec<_>>()
        })
        .collect()
    }
}
