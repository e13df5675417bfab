use base::{Error, Result};
use clap::Args;
use domain::tenants::{NewKey, Scopes, create_key};
use serde::{Deserialize, Serialize};

use crate::command::{Answer, Desk, named, show};

/// `caas key create`.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Create {
    /// The tenant, `clnt_…`.
    #[arg(long)]
    tenant: String,
    /// The application, `app_…`.
    #[arg(long)]
    app: String,
    /// What the tenant calls it; two active keys may share a name, for rotation.
    #[arg(long, default_value = "default")]
    name: String,
    /// What it may do, such as users:write,messages:read; `*` for everything.
    #[arg(long, value_delimiter = ',', default_value = "*")]
    scopes: Vec<String>,
    /// When it ends, such as 2030-01-31T12:00:00Z [default: never].
    #[arg(long, value_name = "TIME")]
    expires_at: Option<String>,
}

impl Create {
    pub(super) async fn run(self, desk: &Desk) -> Result<Answer> {
        let platform = desk.store.platform();
        let application = named::application_of(&platform, &self.tenant, &self.app)
            .await?
            .id;
        let expires_at = self.expires_at.map(|text| text.parse()).transpose();
        let expires_at = expires_at.map_err(|error: base::InvalidTimestamp| {
            Error::invalid("/expires_at", error.to_string())
        })?;
        let scopes = Scopes::parse(&self.scopes)?;
        let created = create_key(
            &platform,
            NewKey {
                application,
                name: self.name,
                scopes,
                expires_at,
            },
        )
        .await?;
        let mut answer = show::key(&created.key);
        answer["key"] = created.text.as_str().into();
        Ok(answer)
    }
}
