use base::{IdOrExternalId, Result};
use clap::Args;
use domain::auth::mint_token;
use domain::users::{self, NewUser, UserChanges};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Output, ids};
use crate::services::Services;

/// `caas token`.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Token {
    /// Tenant id, `clnt_…`.
    #[arg(long)]
    tenant: String,
    /// Application id, `app_…`.
    #[arg(long)]
    app: String,
    /// User id, or `ext:` and an external id. A user with an external id is created if it does not exist.
    #[arg(long)]
    user: String,
    /// Lifetime of the token in seconds, at most 86,400 [default: the limit of the application].
    #[arg(long)]
    expires_in: Option<i64>,
}

impl Token {
    pub(super) async fn run(self, services: &Services) -> Result<Output> {
        let platform = services.store.platform();
        let application = ids::application_of(&platform, &self.tenant, &self.app).await?;
        let tenant = services.authenticator.tenant(application.tenant_id).await?;
        let user = ids::user(&self.user)?;
        if let IdOrExternalId::External(external_id) = user.clone() {
            let new = NewUser {
                external_id,
                changes: UserChanges::default(),
            };
            users::upsert(&tenant, new).await?;
        }
        let minted = mint_token(
            &tenant,
            &platform,
            &services.key_ring,
            application.id,
            &user,
            self.expires_in,
        )
        .await?;
        Ok(json!({"token": minted.token, "user_id": minted.user, "expires_at": minted.expires_at}))
    }
}
