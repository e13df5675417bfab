use base::{IdOrExternalId, Result};
use clap::Args;
use domain::auth::mint_token;
use domain::users::{self, NewUser, UserChanges};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Answer, Desk, named};

/// `caas token`.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Token {
    /// The tenant, `clnt_…`.
    #[arg(long)]
    tenant: String,
    /// The application, `app_…`.
    #[arg(long)]
    app: String,
    /// The user: our id, or `ext:` and the tenant's own id; the latter makes the user where there is none.
    #[arg(long)]
    user: String,
    /// Seconds until the token ends [default: as long as the application allows, at most a day].
    #[arg(long)]
    expires_in: Option<i64>,
}

impl Token {
    pub(super) async fn run(self, desk: &Desk) -> Result<Answer> {
        let platform = desk.store.platform();
        let application = named::application_of(&platform, &self.tenant, &self.app).await?;
        let tenant = desk.door.tenant(application.tenant_id).await?;
        let user = named::user(&self.user)?;
        if let IdOrExternalId::External(external_id) = user.clone() {
            users::upsert(
                &tenant,
                NewUser {
                    external_id,
                    changes: UserChanges::default(),
                },
            )
            .await?;
        }
        let minted = mint_token(
            &tenant,
            &platform,
            &desk.vault,
            application.id,
            &user,
            self.expires_in,
        )
        .await?;
        Ok(json!({"token": minted.token, "user_id": minted.user, "expires_at": minted.expires_at}))
    }
}
