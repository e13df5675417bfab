use base::Result;
use clap::Args;
use domain::tenants::{get_tenant, list_applications};
use serde::{Deserialize, Serialize};

use crate::command::{Answer, Desk, named, show};

/// `caas tenant show`.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Show {
    /// The tenant, `clnt_…`.
    tenant: String,
}

impl Show {
    pub(super) async fn run(self, desk: &Desk) -> Result<Answer> {
        let platform = desk.store.platform();
        let id = named::tenant(&self.tenant)?;
        let tenant = get_tenant(&platform, id).await?;
        let mut answer = show::tenant(&tenant);
        let applications = list_applications(&platform, id).await?;
        answer["applications"] = applications.iter().map(show::application).collect();
        Ok(answer)
    }
}
