use std::collections::HashSet;

use base::Result;
use store::Tenant;
use wire::{Joined, UserCard, UserId};

use crate::api::Api;

impl Api {
    /// The users that an answer shows, by at most one statement.
    ///
    /// # Errors
    /// 503 when the store cannot answer.
    pub(crate) async fn join(
        &self,
        tenant: &Tenant,
        users: impl IntoIterator<Item = UserId>,
    ) -> Result<Joined> {
        let users: HashSet<UserId> = users.into_iter().collect();
        let cards = self.cards().of(tenant, users).await?;
        Ok(cards.values().map(|card| UserCard::from(&**card)).collect())
    }
}
