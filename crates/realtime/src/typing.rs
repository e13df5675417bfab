use base::{Id, Recent, Result, TenantId};
use domain::messaging::{Conversation, may_speak, set_typing};
use domain::users::User;

use crate::connection::Connection;

/// Seconds within which a user's typing in a conversation is written once.
const QUIET: usize = 5;

/// Users remembered as typing.
const TYPING: usize = 100_000;

type Key = (TenantId, Id<Conversation>, Id<User>);

/// Who was said to be typing a short while ago.
pub(crate) struct Typing(Recent<Key, ()>);

impl Default for Typing {
    fn default() -> Self {
        Self(Recent::new(TYPING, QUIET))
    }
}

impl Typing {
    /// Says that a user types or has stopped: the first at once, a repetition
    /// not within [`QUIET`], a stop always.
    pub(crate) async fn say(
        &self,
        connection: &Connection,
        conversation: Id<Conversation>,
        typing: bool,
    ) -> Result<()> {
        let key = (connection.tenant_id(), conversation, connection.user);
        let now = connection.tenant.context().now();
        if typing && self.0.get(&key, now).is_some() {
            return Ok(());
        }
        may_speak(&connection.tenant, connection.user, conversation).await?;
        if typing {
            self.0.insert(key, (), now);
        } else {
            self.0.remove(&key);
        }
        set_typing(&connection.tenant, conversation, connection.user, typing).await
    }
}
