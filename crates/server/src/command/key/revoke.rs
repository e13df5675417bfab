use base::Result;
use clap::Args;
use domain::tenants::revoke_key;
use serde::{Deserialize, Serialize};

use crate::command::{Answer, Desk, named, show};

/// `caas key revoke`.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Revoke {
    /// The key's id, as `caas key list` shows it.
    key: String,
}

impl Revoke {
    pub(super) async fn run(self, desk: &Desk) -> Result<Answer> {
        let key = revoke_key(&desk.store.platform(), named::key(&self.key)?).await?;
        Ok(show::key(&key))
    }
}
