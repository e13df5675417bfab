//! Converts stored changes into signals.

use std::sync::Arc;

use base::{Id, TenantId, limit};
use domain::ip_rules::is_rule;
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
    pub(super) fn on_document_changed(
        &self,
        tenant: Option<TenantId>,
        declaration: &'static Declaration,
        id: base::ObjectId,
        row: Option<&Row>,
    ) {
        match (tenant, row) {
            (Some(tenant), Some(row)) if declaration.name == ReadReceipt::DECLARATION.name => {
                self.on_receipt(tenant, row);
            }
            (Some(tenant), Some(row)) if declaration.name == TypingIndicator::DECLARATION.name => {
                self.on_typing(tenant, row);
            }
            (Some(tenant), Some(row)) if declaration.name == Presence::DECLARATION.name => {
                self.on_presence(tenant, row);
            }
            (Some(tenant), _) if declaration.name == Relationship::DECLARATION.name => {
                self.on_relationship(tenant, Id::new(id));
            }
            (Some(tenant), _) if declaration.name == User::DECLARATION.name => {
                // Each disconnect updates the user document, so a scan of all
                // connections would cost too much.
                self.reauthenticate(self.0.connections_of(tenant, Id::new(id)));
            }
            (None, _) if declaration.name == Tenant::DECLARATION.name => {
                let tenant = TenantId::new(id);
                self.reauthenticate(
                    self.0
                        .connections(|connection| connection.tenant_id() == tenant),
                );
            }
            (None, _) if declaration.name == Application::DECLARATION.name => {
                let application = Id::new(id);
                let uses_application = |connection: &Connection| {
                    connection.state.lock().auth.application.id == application
                };
                self.reauthenticate(self.0.connections(uses_application));
            }
            // The event does not say which tenant a rule is of, and rules change seldom.
            (None, _) if is_rule(declaration.name) => {
                self.reauthenticate(self.0.connections(|_| true));
            }
            _ => {}
        }
    }

    fn on_receipt(&self, tenant: TenantId, row: &Row) {
        let Ok(receipt) = Entity::<ReadReceipt>::from_row(row.clone()) else {
            return;
        };
        if let Some(subscription) = self.0.find_subscription(tenant, receipt.conversation_id) {
            tokio::spawn(send_receipts(
                self.clone(),
                subscription,
                receipt.user_id,
                receipt.receipts(),
            ));
        }
    }

    fn on_typing(&self, tenant: TenantId, row: &Row) {
        let Ok(indicator) = Entity::<TypingIndicator>::from_row(row.clone()) else {
            return;
        };
        let conversation_id = indicator.conversation_id;
        let user_id = indicator.user_id;
        let key = (tenant, conversation_id, user_id);
        let Some(subscription) = self.0.find_subscription(tenant, conversation_id) else {
            return;
        };
        let written = (indicator.expires_at, indicator.typing);
        self.0
            .typing_tracker
            .apply(key, written, self.0.newest_id(), |change| match change {
                TypingChange::Unchanged => {}
                TypingChange::Started { above } => {
                    let started = Signal::TypingStarted(TypingSignal {
                        conversation_id,
                        user_id,
                    });
                    subscription.signal(
                        &encode(&ServerFrame::Signal(started)),
                        Some(user_id),
                        above,
                    );
                }
                TypingChange::Stopped => self.stopped_typing(&key),
            });
    }

    /// Sends `typing.stopped` to the subscribers of a conversation.
    pub(crate) fn stopped_typing(&self, key: &typing::Key) {
        let (tenant, conversation_id, user_id) = *key;
        if let Some(subscription) = self.0.find_subscription(tenant, conversation_id) {
            let stopped = Signal::TypingStopped(TypingSignal {
                conversation_id,
                user_id,
            });
            subscription.signal(&encode(&ServerFrame::Signal(stopped)), Some(user_id), 0);
        }
    }

    /// Handles a presence change. Change events about devices on other nodes may be
    /// late, so the store is read again.
    fn on_presence(&self, tenant: TenantId, row: &Row) {
        let Ok(presence) = Entity::<Presence>::from_row(row.clone()) else {
            return;
        };
        let user = presence.user_id;
        let online = presence.online;
        let connection = self.0.connection_of(tenant, user, &presence.device_id);
        let shows = connection
            .as_ref()
            .map(|connection| connection.state.lock().shows_online);
        match (connection, shows) {
            // Another node wrote the device as offline after it had connected here.
            (Some(connection), Some(true)) if !online => return self.0.set_online(&connection),
            // The client has hidden its user since.
            (_, Some(false)) if online => return,
            _ => {}
        }
        let offline_at = presence.seen_at().filter(|_| !online);
        let Some(check) = self.0.presence_changed(tenant, user, offline_at) else {
            return;
        };
        if online && shows.is_some() {
            self.0.publish_presence(&check, online, None);
        } else {
            self.0.reconciler.add(check);
        }
    }
}

/// Sends receipts to all subscribers of a small conversation except blocked users,
/// otherwise only to the user's own connections.
async fn send_receipts(
    hub: Hub,
    subscription: Arc<Subscription>,
    user: Id<User>,
    receipts: Receipts,
) {
    let max_participants = i64::try_from(limit::MARKS_SHOWN_PARTICIPANTS).unwrap_or(i64::MAX);
    if subscription
        .participants()
        .await
        .is_ok_and(|count| count <= max_participants)
        && let Ok(blocked) = hub.0.blocks.of(&subscription.tenant, user).await
    {
        return subscription.on_receipts(user, receipts, Audience::AllExcept(&blocked));
    }
    let own = hub.0.connections_of(subscription.tenant.id(), user);
    if !own.is_empty() {
        subscription.on_receipts(user, receipts, Audience::Only(&own));
    }
}

#[cfg(test)]
mod tests {
    use domain::messaging::advance_receipts;
    use serde_json::Value;

    use super::*;
    use crate::session::enter;
    use crate::world::{World, frames_until};

    /// One device may send a lower receipt than another device of the same user did.
    #[tokio::test]
    async fn receipt_below_one_sent_is_not_sent() {
        let world = World::new().await;
        let (alice, hello) = world.user("alice").await;
        let (bob, _) = world.user("bob").await;
        let group = world.group(alice, bob).await;
        let hub = world.node();
        let alice = enter(&hub, hello, None).await.unwrap();
        let is_receipt = |frame: &Value| frame["type"] == "read.updated";
        let mut frames = Vec::new();
        for (read_seq, change) in [(5, true), (3, false), (5, false), (7, true)] {
            let receipts = Receipts {
                read_seq,
                delivered_seq: read_seq,
            };
            advance_receipts(&world.tenant, bob, [(group, receipts)])
                .await
                .unwrap();
            if change {
                frames.extend(frames_until(&alice, is_receipt).await);
            }
        }
        let receipts: Vec<_> = frames
            .iter()
            .filter(|frame| is_receipt(frame))
            .map(|frame| &frame["data"]["seq"])
            .collect();
        assert_eq!(receipts, [5, 7]);
    }
}
