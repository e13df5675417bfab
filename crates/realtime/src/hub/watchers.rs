//! Whose presence is watched by whom, and what they are told of it.

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
    /// Sends a connection these users' presence from now on, and no others'.
    /// `conversation` is the one that the client named as shared with them.
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
            self.people
                .entry((connection.tenant_id(), *user))
                .or_default()
                .watchers
                .push(watcher);
        }
        let mut state = connection.state.lock();
        state.watched = users;
        state.watched_in = conversation;
    }

    /// Returns connections that watch users of a conversation, among them this
    /// user, or that are of this user.
    pub(super) fn watching_in(
        &self,
        tenant: TenantId,
        conversation: Id<Conversation>,
        user: Id<User>,
    ) -> Vec<Arc<Connection>> {
        let Some(person) = self.people.get(&(tenant, user)) else {
            return Vec::new();
        };
        let watching = person
            .watchers
            .iter()
            .map(|watcher| &watcher.connection)
            .chain(&person.connections);
        watching
            .filter(|connection| connection.state.lock().watched_in == Some(conversation))
            .cloned()
            .collect()
    }

    /// Ends the watching of one user by a connection. Returns the state that
    /// the connection was sent last.
    pub(super) fn unwatch_one(&self, connection: &Connection, user: Id<User>) -> Option<bool> {
        connection.state.lock().watched.remove(&user);
        let key = (connection.tenant_id(), user);
        let mut sent = None;
        if let Some(mut person) = self.people.get_mut(&key) {
            sent = person.watcher(connection).and_then(|watcher| watcher.sent);
            person
                .watchers
                .retain(|watcher| watcher.connection.number != connection.number);
        }
        self.people.remove_if(&key, |_, person| person.is_empty());
        sent
    }

    pub(super) fn unwatch(&self, connection: &Connection) {
        let watched = std::mem::take(&mut connection.state.lock().watched);
        for user in watched {
            self.unwatch_one(connection, user);
        }
    }

    /// A user's presence changed, since a device is said to have gone at this
    /// time or else to have come: how to look for them, when somebody watches.
    pub(super) fn presence_changed(
        &self,
        tenant: TenantId,
        user: Id<User>,
        went_at: Option<Timestamp>,
    ) -> Option<PresenceCheck> {
        let mut person = self.people.get_mut(&(tenant, user))?;
        let tenant = person.watchers.first()?.connection.tenant.clone();
        person.change = self.next_number();
        Some(PresenceCheck {
            tenant,
            user,
            change: person.change,
            went_at,
        })
    }

    /// Sends the state that was found of a user to the watchers who were sent
    /// another one, unless their presence changed again since.
    pub(crate) fn publish_presence(
        &self,
        look: &PresenceCheck,
        online: bool,
        last_seen_at: Option<Timestamp>,
    ) {
        let person = self.people.get_mut(&(look.tenant.id(), look.user));
        let Some(mut person) = person.filter(|person| person.change == look.change) else {
            return;
        };
        // A device that is connected here may not be written yet.
        let online = online
            || person
                .connections
                .iter()
                .any(|connection| connection.state.lock().shows_online);
        person.send(
            online,
            &frame(look.user, online, last_seen_at.filter(|_| !online)),
        );
    }

    /// A watcher was sent what a user's presence was `since` then, a
    /// [number](Self::next_number) from before it was read. What changed since
    /// may have been sent before that, so the user is looked for again.
    pub(crate) fn shown(&self, connection: &Connection, user: Id<User>, online: bool, since: u64) {
        let tenant = &connection.tenant;
        if let Some(mut person) = self.people.get_mut(&(tenant.id(), user)) {
            if let Some(watcher) = person.watcher(connection) {
                watcher.sent = Some(online);
            }
            if person.change > since {
                self.looks.add(PresenceCheck {
                    tenant: tenant.clone(),
                    user,
                    change: person.change,
                    went_at: None,
                });
            }
        }
    }

    /// Watched users who are shown as online and of whom no device is connected here.
    pub(crate) fn shown_from_elsewhere(&self) -> Vec<PresenceCheck> {
        let is_shown = |person: &UserEntry| {
            person
                .watchers
                .iter()
                .any(|watcher| watcher.sent == Some(true))
        };
        let shown = self
            .people
            .iter()
            .filter(|person| person.connections.is_empty() && is_shown(person));
        let look = |person: RefMulti<'_, UserKey, UserEntry>| {
            let (_, user) = *person.key();
            let tenant = person.watchers.first()?.connection.tenant.clone();
            Some(PresenceCheck {
                tenant,
                user,
                change: person.change,
                went_at: None,
            })
        };
        shown.filter_map(look).collect()
    }
}

impl UserEntry {
    fn watcher(&mut self, connection: &Connection) -> Option<&mut Watcher> {
        self.watchers
            .iter_mut()
            .find(|watcher| watcher.connection.number == connection.number)
    }

    /// Sends a state to those who were sent another one. A watcher with no room
    /// for it is sent it when the user is looked for again.
    fn send(&mut self, online: bool, frame: &Frame) {
        for watcher in self
            .watchers
            .iter_mut()
            .filter(|watcher| watcher.sent != Some(online))
        {
            if watcher.connection.outbox.push(frame.clone()).is_ok() {
                watcher.sent = Some(online);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use wire::frames::Presence;

    use crate::presence::answer;
    use crate::session::enter;
    use crate::world::{World, told_until};

    use super::*;

    /// A device comes, and before it is looked for another is said to have gone.
    #[tokio::test]
    async fn who_came_is_told_also_when_another_device_went_behind() {
        let world = World::new().await;
        let hub = world.node();
        let (_, hello) = world.person("alice").await;
        let (bob, _) = world.person("bob").await;
        let alice = enter(&hub, hello, None).await.unwrap();
        let watch = Presence {
            online: None,
            user_ids: Some(vec![base::IdOrExternalId::Id(bob)]),
            conversation_id: None,
        };
        answer(&hub, &alice, watch).await.unwrap();
        let changed = |went_at| {
            hub.0
                .presence_changed(world.tenant.id(), bob, went_at)
                .unwrap()
        };
        let looks = [None, Some(Timestamp::from_millis(0))].map(changed);
        looks
            .iter()
            .for_each(|look| hub.0.publish_presence(look, true, None));
        told_until(&alice, |frame| {
            frame["data"] == json!({"user_id": bob, "online": true})
        })
        .await;
    }
}
