use base::{Id, Result};
use domain::erasure::{Erasure, ErasureJob};
use store::TenantStore;

use super::in_steps::Steps;

/// Goes on with the erasure of a user.
pub async fn erase(tenant: TenantStore, id: Id<Erasure>) -> Result<Option<ErasureJob>> {
    ErasureJob::lease(&tenant, id).await
}

impl Steps for ErasureJob {
    async fn step(&mut self) -> Result<bool> {
        Self::step(self).await
    }
}
