use base::{Id, Result};
use domain::retention::{Rule, Run};
use store::TenantStore;

use super::in_steps::Steps;

/// Wipes messages that are older than a rule keeps them.
pub async fn retain(tenant: TenantStore, id: Id<Rule>) -> Result<Option<Run>> {
    Run::take(&tenant, id).await
}

impl Steps for Run {
    async fn step(&mut self) -> Result<bool> {
        Self::step(self).await
    }
}
