use base::{Id, Result};
use domain::retention::{RetentionJob, Rule};
use store::TenantStore;

use super::in_steps::Steps;

/// Wipes messages that are older than a rule keeps them.
pub async fn retain(tenant: TenantStore, id: Id<Rule>) -> Result<Option<RetentionJob>> {
    RetentionJob::lease(&tenant, id).await
}

impl Steps for RetentionJob {
    async fn step(&mut self) -> Result<bool> {
        Self::step(self).await
    }
}
