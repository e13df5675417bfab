use std::collections::BTreeMap;

use base::{Id, Result};
use domain::messaging::{Message, own_reactions};
use store::Entity;

use crate::extract::Caller;

/// The caller's own reactions to some messages; a server has none.
pub(crate) struct Own(Option<BTreeMap<Id<Message>, Vec<String>>>);

impl Own {
    /// Reads them by one statement.
    pub(crate) async fn among(
        caller: &Caller,
        messages: impl IntoIterator<Item = &Entity<Message>>,
    ) -> Result<Self> {
        let Ok(user) = caller.actor.user() else {
            return Ok(Self(None));
        };
        own_reactions(&caller.tenant, user, messages)
            .await
            .map(|own| Self(Some(own)))
    }

    /// Those to one message, which are asked for once.
    pub(crate) fn take(&mut self, message: Id<Message>) -> Option<Vec<String>> {
        self.0
            .as_mut()
            .map(|own| own.remove(&message).unwrap_or_default())
    }
}
