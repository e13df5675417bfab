use base::Result;
use clap::Args;
use domain::tenants;
use serde::{Deserialize, Serialize};

use crate::command::{Answer, Desk, named, show};

/// `caas tenant suspend` and `caas tenant resume`.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Turn {
    /// The tenant, `clnt_…`.
    tenant: String,
}

impl Turn {
    pub(super) async fn suspend(self, desk: &Desk) -> Result<Answer> {
        let tenant = tenants::suspend(&desk.store.platform(), named::tenant(&self.tenant)?).await?;
        Ok(show::tenant(&tenant))
    }

    pub(super) async fn resume(self, desk: &Desk) -> Result<Answer> {
        let tenant = tenants::resume(&desk.store.platform(), named::tenant(&self.tenant)?).await?;
        Ok(show::tenant(&tenant))
    }
}
