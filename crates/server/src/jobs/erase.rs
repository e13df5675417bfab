use base::{Id, Result};
use domain::erasure::{Erasure, Run};
use store::Tenant;

use super::in_steps::{Steps, step_by_step};

/// Goes on with the erasure of a user.
pub async fn erase(tenant: Tenant, id: Id<Erasure>) -> Result<()> {
    let Some(run) = Run::take(&tenant, id).await? else { return Ok(()) };
    step_by_step(run).await
}

impl Steps for Run {
    async fn step(&mut self) -> Result<bool> {
        Self::step(self).await
    }
}
