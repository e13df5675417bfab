//! Presence watches: which connection watches which users, and the states sent.

use std::collections::HashSet;
use std::sync::Arc;

use base::{Id, TenantId, Timestamp};
use dashmap::mapref::multiple::RefMulti;
use domain::messaging::Conversation;
use domain::users::User;

use super::registry::{UserEntry, Watcher};
use super::{Inner, UserKey};
use crate::connection::Connection;
use crate::frame::Frame;
use crate::presence::{PresenceCheck, frame};

impl Inner {
    /// Replaces the set of users whose presence the connection is sent. `conversation`
    /// is the one that the client named as shared with them.
    pub(crate) fn watch(
        &self,
        connection: &Arc<Connection>,
        users: HashSet<Id<User>>,
        conversation: Option<Id<Conversation>>,
    ) {
        self.unwatch(connection);
        for user in &users {
            let watcher = Watcher {
                connection: Arc::clone(connection),
                sent: None,
            };
            self.users
                .entry((connection.tenant_id(), *user))
                .or_default()
                .watchers
                .push(watcher);
        }
        let mut state = connection.state.lock();
        state.watched = users;
        state.watched_in = conversation;
    }

    /// Returns connections with a watch based on the conversation that watch this user
    /// or belong to this user.
    pub(super) fn watching_in(
        &self,
        tenant: TenantId,
        conversation: Id<Conversation>,
        user: Id<User>,
    ) -> Vec<Arc<Connection>> {
        let Some(entry) = self.users.get(&(tenant, user)) else {
            return Vec::new();
        };
        let watching = entry
            .watchers
            .iter()
            .map(|watcher| &watcher.connection)
            .chain(&entry.connections);
        watching
            .filter(|connection| connection.state.lock().watched_in == Some(conversation))
            .cloned()
            .collect()
    }

    /// Ends the watch of one user by a connection. Returns the state sent last.
    pub(super) fn unwatch_one(&self, connection: &Connection, user: Id<User>) -> Option<bool> {
        connection.state.lock().watched.remove(&user);
        let key = (connection.tenant_id(), user);
        let mut sent = None;
        if let Some(mut entry) = self.users.get_mut(&key) {
            sent = entry.watcher(connection).and_then(|watcher| watcher.sent);
            entry
                .watchers
                .retain(|watcher| watcher.connection.id != connection.id);
        }
        self.users.remove_if(&key, |_, entry| entry.is_empty());
        sent
    }

    pub(super) fn unwatch(&self, connection: &Connection) {
        let watched = std::mem::take(&mut connection.state.lock().watched);
        for user in watched {
            self.unwatch_one(connection, user);
        }
    }

    /// Registers a presence change of a watched user and returns the check to run;
    /// `None` without watchers. `offline_at` is the time at which a device went
    /// offline.
    pub(super) fn presence_changed(
        &self,
        tenant: TenantId,
        user: Id<User>,
        offline_at: Option<Timestamp>,
    ) -> Option<PresenceCheck> {
        let mut entry = self.users.get_mut(&(tenant, user))?;
        let tenant = entry.watchers.first()?.connection.tenant.clone();
        entry.change = self.next_id();
        Some(PresenceCheck {
            tenant,
            user,
            change: entry.change,
            offline_at,
        })
    }

    /// Sends a state to the watchers with another last state. Does nothing if the
    /// presence changed again since the check began.
    pub(crate) fn publish_presence(
        &self,
        check: &PresenceCheck,
        online: bool,
        last_seen_at: Option<Timestamp>,
    ) {
        let entry = self.users.get_mut(&(check.tenant.id(), check.user));
        let Some(mut entry) = entry.filter(|entry| entry.change == check.change) else {
            return;
        };
        // A device that is connected here may not be written yet.
        let online = online
            || entry
                .connections
                .iter()
                .any(|connection| connection.state.lock().shows_online);
        entry.send(
            online,
            &frame(check.user, online, last_seen_at.filter(|_| !online)),
        );
    }

    /// Records the presence sent to a watcher; schedules a recheck if it changed since
    /// it was read.
    ///
    /// `since` is an [ID](Self::next_id) taken before the presence was read.
    pub(crate) fn presence_sent(
        &self,
        connection: &Connection,
        user: Id<User>,
        online: bool,
        since: u64,
    ) {
        let tenant = &connection.tenant;
        if let Some(mut entry) = self.users.get_mut(&(tenant.id(), user)) {
            if let Some(watcher) = entry.watcher(connection) {
                watcher.sent = Some(online);
            }
            if entry.change > since {
                self.reconciler.add(PresenceCheck {
                    tenant: tenant.clone(),
                    user,
                    change: entry.change,
                    offline_at: None,
                });
            }
        }
    }

    /// Returns checks for watched users that are shown as online and have no connection
    /// to this process.
    pub(crate) fn remote_online_users(&self) -> Vec<PresenceCheck> {
        let is_shown = |entry: &UserEntry| {
            entry
                .watchers
                .iter()
                .any(|watcher| watcher.sent == Some(true))
        };
        let shown = self
            .users
            .iter()
            .filter(|entry| entry.connections.is_empty() && is_shown(entry));
        let check = |entry: RefMulti<'_, UserKey, UserEntry>| {
            let (_, user) = *entry.key();
            let tenant = entry.watchers.first()?.connection.tenant.clone();
            Some(PresenceCheck {
                tenant,
                user,
                change: entry.change,
                offline_at: None,
            })
        };
        shown.filter_map(check).collect()
    }
}

impl UserEntry {
    fn watcher(&mut self, connection: &Connection) -> Option<&mut Watcher> {
        self.watchers
            .iter_mut()
            .find(|watcher| watcher.connection.id == connection.id)
    }

    /// Sends a state to watchers with another last state. A watcher with a full queue
    /// is sent it at the next check.
    fn send(&mut self, online: bool, frame: &Frame) {
        for watcher in self
            .watchers
            .iter_mut()
            .filter(|watcher| watcher.sent != Some(online))
        {
            if watcher.connection.send_queue.push(frame.clone()).is_ok() {
                watcher.sent = Some(online);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use wire::frames::Presence;

    use crate::presence::handle;
    use crate::session::enter;
    use crate::world::{World, frames_until};

    use super::*;

    /// A device connects, and another one is reported offline before the first is
    /// checked.
    #[tokio::test]
    async fn watcher_sees_online_when_another_device_goes_offline_concurrently() {
        let world = World::new().await;
        let hub = world.node();
        let (_, hello) = world.user("alice").await;
        let (bob, _) = world.user("bob").await;
        let alice = enter(&hub, hello, None).await.unwrap();
        let watch = Presence {
            online: None,
            user_ids: Some(vec![base::IdOrExternalId::Id(bob)]),
            conversation_id: None,
        };
        handle(&hub, &alice, watch).await.unwrap();
        let changed = |offline_at| {
            hub.0
                .presence_changed(world.tenant.id(), bob, offline_at)
                .unwrap()
        };
        let checks = [None, Some(Timestamp::from_millis(0))].map(changed);
        checks
            .iter()
            .for_each(|check| hub.0.publish_presence(check, true, None));
        frames_until(&alice, |frame| {
            frame["data"] == json!({"user_id": bob, "online": true})
        })
        .await;
    }
}
