use base::{Id, Result};
use domain::erasure::{Erasure, Run};
use store::Tenant;

use super::in_steps::Steps;

/// Goes on with the erasure of a user.
pub async fn erase(tenant: Tenant, id: Id<Erasure>) -> Result<Option<Run>> {
    Run::take(&tenant, id).await
}

impl Steps for Run {
    async fn step(&mut self) -> Result<bool> {
        Self::step(self).await
    }
}
