//! Ends presence watches that the connection's user may not have any more.

use std::collections::HashSet;
use std::sync::Arc;

use base::{Id, Result, TenantId};
use domain::messaging::{Conversation, presence_visible};
use domain::relationships::Relationship;
use domain::users::User;
use wire::frames::ServerFrame;
use wire::{PresenceSignal, Signal};

use super::Hub;
use crate::connection::Connection;
use crate::frame::encode;

impl Hub {
    /// Rechecks watches after a relationship changed on any node.
    pub(super) fn on_relationship(&self, tenant: TenantId, relationship: Id<Relationship>) {
        let hub = self.clone();
        tokio::spawn(async move {
            if let Err(failure) = hub.recheck_watches(tenant, relationship).await {
                tracing::warn!(error = %failure, "failed to recheck presence watches after a relationship changed");
            }
        });
    }

    async fn recheck_watches(
        &self,
        tenant: TenantId,
        relationship: Id<Relationship>,
    ) -> Result<()> {
        let Some(relationship) = self
            .0
            .authenticator
            .tenant(tenant)
            .await?
            .get(relationship)
            .await?
        else {
            return Ok(());
        };
        for connection in self.0.connections_of(tenant, relationship.user_id) {
            self.end_hidden_watches(&connection).await?;
        }
        Ok(())
    }

    /// Rechecks watches that are based on a conversation after a user was removed from
    /// it.
    pub(super) fn on_removed(
        &self,
        tenant: TenantId,
        conversation: Id<Conversation>,
        user: Id<User>,
    ) {
        for connection in self.0.watching_in(tenant, conversation, user) {
            let hub = self.clone();
            tokio::spawn(async move {
                if let Err(failure) = hub.end_hidden_watches(&connection).await {
                    tracing::warn!(error = %failure, "failed to check presence visibility after a removal");
                }
            });
        }
    }

    /// Ends watches of users whose presence is no longer visible, and sends them as
    /// offline.
    pub(crate) async fn end_hidden_watches(&self, connection: &Arc<Connection>) -> Result<()> {
        let (watched, conversation) = {
            let state = connection.state.lock();
            (
                state.watched.iter().copied().collect::<Vec<_>>(),
                state.watched_in,
            )
        };
        if watched.is_empty() {
            return Ok(());
        }
        let visible: HashSet<Id<User>> =
            presence_visible(&connection.tenant, connection.user, &watched, conversation).await?;
        for user_id in watched.into_iter().filter(|user| !visible.contains(user)) {
            if self.0.unwatch_one(connection, user_id) == Some(false) {
                continue;
            }
            let offline = PresenceSignal {
                user_id,
                online: false,
                last_seen_at: None,
            };
            connection
                .send_queue
                .push_response(encode(&ServerFrame::Signal(Signal::PresenceChanged(
                    offline,
                ))));
        }
        Ok(())
    }
}
