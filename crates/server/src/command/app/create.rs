use base::Result;
use clap::Args;
use domain::tenants::{NewApplication, create_application, signing_secret};
use serde::{Deserialize, Serialize};

use crate::command::{Answer, Desk, named, show};

/// `caas app create`.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Create {
    /// The tenant, `clnt_…`.
    #[arg(long)]
    tenant: String,
    /// What the tenant calls it.
    #[arg(long, default_value = "default")]
    name: String,
    /// A web origin its clients may come from, such as `https://app.example`; may be given often [default: any].
    #[arg(long = "origin", value_name = "ORIGIN")]
    origins: Vec<String>,
}

impl Create {
    pub(super) async fn run(self, desk: &Desk) -> Result<Answer> {
        let Self {
            tenant,
            name,
            origins,
        } = self;
        let new = NewApplication {
            tenant: named::tenant(&tenant)?,
            name,
            origins,
        };
        let application = create_application(&desk.store.platform(), &desk.vault, new).await?;
        let mut answer = show::application(&application);
        let secret = signing_secret(&desk.vault, &application)?.secret;
        answer["signing_secret"] = secret.as_str().into();
        Ok(answer)
    }
}
