use std::sync::Arc;

use base::{Id, Result, TtlCache, limit};
use domain::messaging::{Conversation, can_post, set_typing};
use tokio::runtime::Handle;

use super::Key;
use crate::connection::Connection;
use crate::hub::Inner;

/// Interval within which repeated typing of a user is written once, in seconds.
const REPEAT_SECONDS: usize = 5;

/// Number of users remembered as typing.
const MAX_USERS: usize = 100_000;

/// Writes the typing indicators of connected users.
pub(crate) struct Writer(TtlCache<Key, ()>);

impl Default for Writer {
    fn default() -> Self {
        Self(TtlCache::new(MAX_USERS, REPEAT_SECONDS))
    }
}

impl Writer {
    /// Writes that a user types or has stopped. A repetition within [`REPEAT_SECONDS`]
    /// is not written; a stop always is.
    pub(crate) async fn write(
        &self,
        connection: &Connection,
        conversation: Id<Conversation>,
        typing: bool,
    ) -> Result<()> {
        let key = (connection.tenant_id(), conversation, connection.user);
        let now = connection.tenant.context().now();
        if typing && self.0.get(&key, now).is_some() {
            remember(connection, conversation);
            return Ok(());
        }
        can_post(&connection.tenant, connection.user, conversation).await?;
        if typing {
            self.0.insert(key, (), now);
            remember(connection, conversation);
        } else {
            self.0.remove(&key);
            connection
                .state
                .lock()
                .typing
                .retain(|other| *other != conversation);
        }
        set_typing(&connection.tenant, conversation, connection.user, typing).await
    }

    /// Forgets that a user typed, so that the next typing is written immediately.
    pub(crate) fn forget(&self, key: &Key) {
        self.0.remove(key);
    }
}

/// Records where a connection types, to end it with the connection.
fn remember(connection: &Connection, conversation: Id<Conversation>) {
    let typing = &mut connection.state.lock().typing;
    typing.retain(|other| *other != conversation);
    // The oldest one expires.
    let above = typing
        .len()
        .saturating_add(1)
        .saturating_sub(limit::CONNECTION_TYPING);
    typing.drain(..above);
    typing.push(conversation);
}

/// Writes the end of typing for a connection that has ended. Skips conversations where
/// another connection of the user types or typing has ended already.
pub(crate) fn end_all(hub: &Inner, connection: &Arc<Connection>) {
    let mut typing = std::mem::take(&mut connection.state.lock().typing);
    for other in hub.connections_of(connection.tenant_id(), connection.user) {
        let state = other.state.lock();
        typing.retain(|conversation| !state.typing.contains(conversation));
    }
    let Ok(runtime) = Handle::try_current() else {
        return;
    };
    for conversation in typing {
        let key = (connection.tenant_id(), conversation, connection.user);
        hub.typing.forget(&key);
        if hub.typing_tracker.has_ended(&key) {
            continue;
        }
        let connection = Arc::clone(connection);
        runtime.spawn(async move {
            if let Err(failure) = set_typing(&connection.tenant, conversation, connection.user, false).await {
                tracing::debug!(error = %failure, "failed to write the end of typing, it will expire");
            }
        });
    }
}
