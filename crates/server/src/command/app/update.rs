use base::Result;
use clap::Args;
use domain::tenants::{ApplicationChanges, ApplicationSettings, update_application};
use serde::{Deserialize, Serialize};

use crate::command::{Answer, Desk, named, show};

/// `caas app update`.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Update {
    /// The tenant, `clnt_…`.
    #[arg(long)]
    tenant: String,
    /// The application, `app_…`.
    #[arg(long)]
    app: String,
    /// What the tenant calls it.
    #[arg(long)]
    name: Option<String>,
    /// Replaces the web origins its clients may come from; may be given often.
    #[arg(long = "origin", value_name = "ORIGIN")]
    origins: Vec<String>,
    /// Lets clients come from any web origin.
    #[arg(long, conflicts_with = "origins")]
    any_origin: bool,
    /// The longest life of a user token that it accepts: at most a day.
    #[arg(long)]
    token_seconds: Option<i64>,
}

impl Update {
    pub(super) async fn run(self, desk: &Desk) -> Result<Answer> {
        let Self {
            tenant,
            app,
            name,
            origins,
            any_origin,
            token_seconds,
        } = self;
        let platform = desk.store.platform();
        let application = named::application_of(&platform, &tenant, &app).await?;
        let origins = (any_origin || !origins.is_empty()).then_some(origins);
        let settings = token_seconds.map(|token_seconds| ApplicationSettings { token_seconds });
        let changes = ApplicationChanges {
            name,
            origins,
            settings,
        };
        let changed = update_application(
            &platform,
            application.id,
            changes,
            Some(application.version),
        )
        .await?;
        Ok(show::application(&changed))
    }
}
