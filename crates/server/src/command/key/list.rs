use base::Result;
use clap::Args;
use domain::tenants::{get_tenant, list_keys};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::command::{Answer, Desk, named, show};

/// `caas key list`.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct List {
    /// The tenant, `clnt_…`.
    #[arg(long)]
    tenant: String,
    /// Only those of this application, `app_…`.
    #[arg(long)]
    app: Option<String>,
}

impl List {
    pub(super) async fn run(self, desk: &Desk) -> Result<Answer> {
        let platform = desk.store.platform();
        let tenant = get_tenant(&platform, named::tenant(&self.tenant)?).await?;
        let application = match &self.app {
            Some(app) => Some(
                named::application_of(&platform, &self.tenant, app)
                    .await?
                    .id,
            ),
            None => None,
        };
        let keys = list_keys(
            &platform,
            domain::tenants::tenant_id(tenant.id),
            application,
        )
        .await?;
        Ok(json!({"data": keys.iter().map(show::key).collect::<Vec<_>>()}))
    }
}
