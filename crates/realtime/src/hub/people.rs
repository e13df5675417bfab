//! Who is connected, by which devices, and whose presence is watched.

use std::collections::HashSet;
use std::sync::Arc;

use base::{Id, Result, TenantId, limit};
use dashmap::mapref::multiple::RefMulti;
use domain::users::User;
use store::Tenant;
use wire::frames::CloseReason;

use super::{Inner, UserKey};
use crate::connection::Connection;
use crate::few::make_room;
use crate::frame::Frame;
use crate::presence::{Look, Why};

/// A user as far as this process is concerned.
#[derive(Default)]
pub(super) struct Person {
    /// Their connections, the oldest first.
    pub(super) connections: Vec<Arc<Connection>>,
    /// Connections that want to be told of their presence.
    watchers: Vec<Arc<Connection>>,
    /// Their presence's last change that was heard of.
    change: u64,
    /// Whether the watchers were last told that they are online.
    shown: bool,
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
        make_room(&mut person.connections);
        person.connections.push(Arc::clone(connection));
        let beyond = person.connections.len().saturating_sub(limit::USER_CONNECTIONS);
        for oldest in person.connections.drain(..beyond) {
            oldest.outbox.close(CloseReason::Replaced, None);
        }
    }

    /// Lets a connection go. Where it was greeted its device went, unless that
    /// is connected again.
    pub(super) fn go(&self, connection: &Arc<Connection>, greeted: bool) {
        let key = (connection.tenant_id(), connection.user);
        let mut person = self.people.entry(key).or_default();
        person.connections.retain(|other| other.number != connection.number);
        if greeted && !person.connections.iter().any(|other| other.device == connection.device) {
            // Under the lock that the device takes when it comes back, so that its coming is reported behind.
            self.reports.went(connection, person.connections.is_empty());
        }
        drop(person);
        self.people.remove_if(&key, |_, person| person.is_nobody());
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
        let person = self.people.get(&(connection.tenant_id(), connection.user))?;
        person.connections.iter().any(|other| other.number == connection.number).then(act)
    }

    /// A device's connection here.
    pub(super) fn connection_of(&self, tenant: TenantId, user: Id<User>, device: &str) -> Option<Arc<Connection>> {
        let person = self.people.get(&(tenant, user))?;
        person.connections.iter().find(|connection| connection.device == device).cloned()
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

    /// A user's presence changed: a handle of their tenant and the number of
    /// the change, when somebody watches.
    pub(super) fn presence_changed(&self, tenant: TenantId, user: Id<User>) -> Option<(Tenant, u64)> {
        let mut person = self.people.get_mut(&(tenant, user))?;
        let handle = person.watchers.first()?.tenant.clone();
        person.change = self.next_number();
        Some((handle, person.change))
    }

    /// Sends a signal to who watches a user, unless their presence changed
    /// again since this change.
    pub(crate) fn tell_watchers(&self, tenant: TenantId, user: Id<User>, change: u64, online: bool, frame: &Frame) {
        if let Some(mut person) = self.people.get_mut(&(tenant, user)).filter(|person| person.change == change) {
            person.shown = online;
            for watcher in &person.watchers {
                let _ = watcher.outbox.push(frame.clone());
            }
        }
    }

    /// One who watches was told what a user's presence was `since` then, a
    /// [number](Self::next_number) from before it was read. What changed since
    /// they may have been told before that, so the user is looked for again.
    pub(crate) fn shown(&self, tenant: &Tenant, user: Id<User>, online: bool, since: u64) {
        if let Some(mut person) = self.people.get_mut(&(tenant.id(), user)) {
            person.shown |= online;
            if person.change > since {
                self.looks.add(Look { tenant: tenant.clone(), user, change: person.change, why: Why::Came });
            }
        }
    }

    /// Watched users who are shown as online and of whom no device is connected here.
    pub(crate) fn shown_from_elsewhere(&self) -> Vec<Look> {
        let shown = self.people.iter().filter(|person| person.shown && person.connections.is_empty());
        let look = |person: RefMulti<'_, UserKey, Person>| {
            let (_, user) = *person.key();
            let tenant = person.watchers.first()?.tenant.clone();
            Some(Look { tenant, user, change: person.change, why: Why::Shown })
        };
        shown.filter_map(look).collect()
    }
}
