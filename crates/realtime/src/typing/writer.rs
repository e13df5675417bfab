use std::sync::Arc;

use base::{Id, Result, TtlCache, limit};
use domain::messaging::{Conversation, can_post, set_typing};
use tokio::runtime::Handle;

use super::Key;
use crate::connection::Connection;
use crate::hub::Inner;

/// Seconds within which a user's typing in a conversation is written once.
const QUIET: usize = 5;

/// Users remembered as typing.
const TYPING: usize = 100_000;

/// Writes the typing indicators of users that are connected here.
pub(crate) struct Writer(TtlCache<Key, ()>);

impl Default for Writer {
    fn default() -> Self {
        Self(TtlCache::new(TYPING, QUIET))
    }
}

impl Writer {
    /// Writes that a user types or has stopped: the first at once, a repetition
    /// not within [`QUIET`], a stop always.
    pub(crate) async fn write(
        &self,
        connection: &Connection,
        conversation: Id<Conversation>,
        typing: bool,
    ) -> Result<()> {
        let key = (connection.tenant_id(), conversation, connection.user);
        let now = connection.tenant.context().now();
        if typing && self.0.get(&key, now).is_some() {
            note(connection, conversation);
            return Ok(());
        }
        can_post(&connection.tenant, connection.user, conversation).await?;
        if typing {
            self.0.insert(key, (), now);
            note(connection, conversation);
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

    /// Forgets that a user typed, so that their next typing is written at once.
    pub(crate) fn forget(&self, key: &Key) {
        self.0.remove(key);
    }
}

/// Records where a connection types, to end it with the connection.
fn note(connection: &Connection, conversation: Id<Conversation>) {
    let typing = &mut connection.state.lock().typing;
    typing.retain(|other| *other != conversation);
    // The oldest is left to its expiry.
    let beyond = typing
        .len()
        .saturating_add(1)
        .saturating_sub(limit::CONNECTION_TYPING);
    typing.drain(..beyond);
    typing.push(conversation);
}

/// Writes the end of what a connection that has ended was typing, except where
/// another connection of its user types or the typing has ended before.
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
        if hub.typing_heard.has_ended(&key) {
            continue;
        }
        let connection = Arc::clone(connection);
        runtime.spawn(async move {
            if let Err(failure) = set_typing(&connection.tenant, conversation, connection.user, false).await {
                tracing::debug!(error = %failure, "the end of typing could not be written; it expires");
            }
        });
    }
}
