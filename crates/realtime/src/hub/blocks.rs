//! Ends the watching of users whose presence a connection may not see any more.

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
    /// How a user stands to another was changed, here or on another node.
    pub(super) fn related(&self, tenant: TenantId, side: Id<Relationship>) {
        let hub = self.clone();
        tokio::spawn(async move {
            if let Err(failure) = hub.look_at(tenant, side).await {
                tracing::warn!(error = %failure, "a changed relationship could not be read");
            }
        });
    }

    async fn look_at(&self, tenant: TenantId, side: Id<Relationship>) -> Result<()> {
        let Some(side) = self.0.door.tenant(tenant).await?.get(side).await? else {
            return Ok(());
        };
        for connection in self.0.connections_of(tenant, side.user_id) {
            self.end_hidden_watches(&connection).await?;
        }
        Ok(())
    }

    /// A user was removed from a conversation: watches that are based on it may end.
    pub(super) fn removed_from(
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

    /// Ends the watching of users whose presence the connection's user may not
    /// see, and shows them as offline.
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
            let gone = PresenceSignal {
                user_id,
                online: false,
                last_seen_at: None,
            };
            connection
                .outbox
                .answer(encode(&ServerFrame::Signal(Signal::PresenceChanged(gone))));
        }
        Ok(())
    }
}
