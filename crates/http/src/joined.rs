use std::collections::HashSet;

use base::Result;
use store::TenantStore;
use wire::{UserId, UserMap, UserSummary};

use crate::api::Api;

impl Api {
    /// The users that an answer shows, by at most one statement.
    ///
    /// # Errors
    /// 503 when the store cannot answer.
    pub(crate) async fn join(
        &self,
        tenant: &TenantStore,
        users: impl IntoIterator<Item = UserId>,
    ) -> Result<UserMap> {
        let users: HashSet<UserId> = users.into_iter().collect();
        let cards = self.cards().of(tenant, users).await?;
        Ok(cards
            .values()
            .map(|card| UserSummary::from(&**card))
            .collect())
    }
}
