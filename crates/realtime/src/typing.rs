use std::time::Duration;

use base::{Id, Result, TenantId};
use domain::messaging::{Conversation, may_speak, set_typing};
use domain::users::User;
use moka::sync::Cache;

use crate::connection::Connection;

/// Within this time a user's typing in a conversation is written once.
const QUIET: Duration = Duration::from_secs(5);

/// Users remembered as typing.
const TYPING: u64 = 100_000;

type Key = (TenantId, Id<Conversation>, Id<User>);

/// Who was said to be typing a short while ago.
pub(crate) struct Typing(Cache<Key, ()>);

impl Default for Typing {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(TYPING).time_to_live(QUIET).build())
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
        if typing && self.0.contains_key(&key) {
            return Ok(());
        }
        may_speak(&connection.tenant, connection.user, conversation).await?;
        if typing {
            self.0.insert(key, ());
        } else {
            self.0.invalidate(&key);
        }
        set_typing(&connection.tenant, conversation, connection.user, typing).await
    }
}
