//! Turns what was written into signals.

use std::sync::Arc;

use base::{Id, TenantId, limit};
use domain::messaging::{Presence, ReadReceipt, Receipts, TypingIndicator};
use domain::relationships::Relationship;
use domain::tenants::{Application, Tenant};
use domain::users::User;
use store::{Collection, Declaration, Entity, Row};
use wire::frames::ServerFrame;
use wire::{Signal, TypingSignal};

use super::Hub;
use crate::connection::Connection;
use crate::frame::encode;
use crate::subscription::{Audience, Subscription};
use crate::typing::{self, TypingChange};

impl Hub {
    pub(super) fn written(
        &self,
        tenant: Option<TenantId>,
        declaration: &'static Declaration,
        id: base::ObjectId,
        row: Option<&Row>,
    ) {
        match (tenant, row) {
            (Some(tenant), Some(row)) if declaration.name == ReadReceipt::DECLARATION.name => {
                self.marked(tenant, row);
            }
            (Some(tenant), Some(row)) if declaration.name == TypingIndicator::DECLARATION.name => {
                self.typed(tenant, row);
            }
            (Some(tenant), Some(row)) if declaration.name == Presence::DECLARATION.name => {
                self.seen(tenant, row);
            }
            (Some(tenant), _) if declaration.name == Relationship::DECLARATION.name => {
                self.related(tenant, Id::new(id));
            }
            (Some(tenant), _) if declaration.name == User::DECLARATION.name => {
                // Each who goes is noted in their user, so these are found without a look at all others.
                self.look_again(self.0.connections_of(tenant, Id::new(id)));
            }
            (None, _) if declaration.name == Tenant::DECLARATION.name => {
                let tenant = TenantId::new(id);
                self.look_again(
                    self.0
                        .connections(|connection| connection.tenant_id() == tenant),
                );
            }
            (None, _) if declaration.name == Application::DECLARATION.name => {
                let application = Id::new(id);
                let of_it = |connection: &Connection| {
                    connection.state.lock().caller.application.id == application
                };
                self.look_again(self.0.connections(of_it));
            }
            _ => {}
        }
    }

    fn marked(&self, tenant: TenantId, row: &Row) {
        let Ok(receipt) = Entity::<ReadReceipt>::from_row(row.clone()) else {
            return;
        };
        if let Some(feed) = self.0.known_feed(tenant, receipt.conversation_id) {
            tokio::spawn(show_marks(
                self.clone(),
                feed,
                receipt.user_id,
                receipt.marks(),
            ));
        }
    }

    fn typed(&self, tenant: TenantId, row: &Row) {
        let Ok(indicator) = Entity::<TypingIndicator>::from_row(row.clone()) else {
            return;
        };
        let conversation_id = indicator.conversation_id;
        let user_id = indicator.user_id;
        let key = (tenant, conversation_id, user_id);
        let Some(feed) = self.0.known_feed(tenant, conversation_id) else {
            return;
        };
        let written = (indicator.expires_at, indicator.typing);
        self.0
            .typing_heard
            .heard(key, written, self.0.newest_number(), |heard| match heard {
                TypingChange::Unchanged => {}
                TypingChange::Started { beyond } => {
                    let started = Signal::TypingStarted(TypingSignal {
                        conversation_id,
                        user_id,
                    });
                    feed.signal(
                        &encode(&ServerFrame::Signal(started)),
                        Some(user_id),
                        beyond,
                    );
                }
                TypingChange::Stopped => self.stopped_typing(&key),
            });
    }

    /// Sends a conversation's followers that a user stopped typing.
    pub(crate) fn stopped_typing(&self, key: &typing::Key) {
        let (tenant, conversation_id, user_id) = *key;
        if let Some(feed) = self.0.known_feed(tenant, conversation_id) {
            let stopped = Signal::TypingStopped(TypingSignal {
                conversation_id,
                user_id,
            });
            feed.signal(&encode(&ServerFrame::Signal(stopped)), Some(user_id), 0);
        }
    }

    /// What is heard of devices that are not connected here may be late, so
    /// the store is asked whether their users are there.
    fn seen(&self, tenant: TenantId, row: &Row) {
        let Ok(presence) = Entity::<Presence>::from_row(row.clone()) else {
            return;
        };
        let user = presence.user_id;
        let online = presence.online;
        let here = self.0.connection_of(tenant, user, &presence.device_id);
        let shows = here
            .as_ref()
            .map(|connection| connection.state.lock().shows_online);
        match (here, shows) {
            // Another node noticed late that the device is not connected there any more.
            (Some(connection), Some(true)) if !online => return self.0.there(&connection),
            // The client has hidden its user since.
            (_, Some(false)) if online => return,
            _ => {}
        }
        let went_at = presence.seen_at().filter(|_| !online);
        let Some(look) = self.0.presence_changed(tenant, user, went_at) else {
            return;
        };
        if online && shows.is_some() {
            self.0.publish_presence(&look, online, None);
        } else {
            self.0.looks.add(look);
        }
    }
}

/// Marks are shown to all in a small conversation whom no block separates from
/// their user, else to their own user.
async fn show_marks(hub: Hub, feed: Arc<Subscription>, user: Id<User>, marks: Receipts) {
    let shown = i64::try_from(limit::MARKS_SHOWN_PARTICIPANTS).unwrap_or(i64::MAX);
    if feed.participants().await.is_ok_and(|count| count <= shown)
        && let Ok(blocked) = hub.0.blocks.of(&feed.tenant, user).await
    {
        return feed.hear_marks(user, marks, Audience::AllBut(&blocked));
    }
    let own = hub.0.connections_of(feed.tenant.id(), user);
    if !own.is_empty() {
        feed.hear_marks(user, marks, Audience::Only(&own));
    }
}

#[cfg(test)]
mod tests {
    use domain::messaging::mark_many;
    use serde_json::Value;

    use super::*;
    use crate::session::enter;
    use crate::world::{World, told_until};

    /// A device of a user may raise their mark less far than another did.
    #[tokio::test]
    async fn a_mark_below_one_that_was_told_is_not_told() {
        let world = World::new().await;
        let (alice, hello) = world.person("alice").await;
        let (bob, _) = world.person("bob").await;
        let group = world.group(alice, bob).await;
        let hub = world.node();
        let alice = enter(&hub, hello, None).await.unwrap();
        let is_mark = |frame: &Value| frame["type"] == "read.updated";
        let mut told = Vec::new();
        for (read_seq, heard) in [(5, true), (3, false), (5, false), (7, true)] {
            let marks = Receipts {
                read_seq,
                delivered_seq: read_seq,
            };
            mark_many(&world.tenant, bob, [(group, marks)])
                .await
                .unwrap();
            if heard {
                told.extend(told_until(&alice, is_mark).await);
            }
        }
        let marks: Vec<_> = told
            .iter()
            .filter(|frame| is_mark(frame))
            .map(|frame| &frame["data"]["seq"])
            .collect();
        assert_eq!(marks, [5, 7]);
    }
}
