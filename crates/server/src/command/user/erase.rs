use base::Result;
use clap::Args;
use domain::erasure;
use serde::{Deserialize, Serialize};

use crate::command::{Answer, Desk, named, show};

/// `caas user erase`.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Erase {
    /// The tenant, `clnt_…`.
    #[arg(long)]
    tenant: String,
    /// The user: our id, or `ext:` and the tenant's own id.
    #[arg(long)]
    user: String,
}

impl Erase {
    pub(super) async fn run(self, desk: &Desk) -> Result<Answer> {
        let tenant = desk.door.tenant(named::tenant(&self.tenant)?).await?;
        let erasure = erasure::request(&tenant, &named::user(&self.user)?).await?;
        Ok(show::erasure(&erasure))
    }
}
