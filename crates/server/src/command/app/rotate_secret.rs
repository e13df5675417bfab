use base::Result;
use clap::Args;
use domain::tenants::{rotate_secret, signing_secret};
use serde::{Deserialize, Serialize};

use crate::command::{Answer, Desk, named, show};

/// `caas app rotate-secret`.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct RotateSecret {
    /// The tenant, `clnt_…`.
    #[arg(long)]
    tenant: String,
    /// The application, `app_…`.
    #[arg(long)]
    app: String,
    /// For how long tokens of the present secret are still accepted.
    #[arg(long, default_value_t = 86_400)]
    overlap_seconds: u32,
}

impl RotateSecret {
    pub(super) async fn run(self, desk: &Desk) -> Result<Answer> {
        let platform = desk.store.platform();
        let application = named::application_of(&platform, &self.tenant, &self.app).await?;
        let rotated =
            rotate_secret(&platform, &desk.vault, application.id, self.overlap_seconds).await?;
        let mut answer = show::application(&rotated);
        let secret = signing_secret(&desk.vault, &rotated)?.secret;
        answer["signing_secret"] = secret.as_str().into();
        Ok(answer)
    }
}
