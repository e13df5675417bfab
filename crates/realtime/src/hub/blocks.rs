//! Takes presence away from connections when a block comes.

use std::collections::HashSet;
use std::sync::Arc;

use base::{Id, Result, TenantId};
use domain::relationships::{Relationship, blocked_among};
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
        let Some(side) = self.0.door.tenant(tenant).await?.get(side).await? else { return Ok(()) };
        for connection in self.0.connections_of(tenant, side.user_id) {
            self.hide_blocked(&connection).await?;
        }
        Ok(())
    }

    /// Ends the watching of users of whom one blocks the other, and shows them
    /// as gone.
    pub(crate) async fn hide_blocked(&self, connection: &Arc<Connection>) -> Result<()> {
        let watched: Vec<_> = connection.state.lock().watched.iter().copied().collect();
        if watched.is_empty() {
            return Ok(());
        }
        let hidden: HashSet<Id<User>> = blocked_among(&connection.tenant, connection.user, &watched).await?;
        for user_id in hidden {
            if self.0.unwatch_one(connection, user_id) == Some(false) {
                continue;
            }
            let gone = PresenceSignal { user_id, online: false, last_seen_at: None };
            connection.outbox.answer(encode(&ServerFrame::Signal(Signal::PresenceChanged(gone))));
        }
        Ok(())
    }
}
