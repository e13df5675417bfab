//! `caas app`: applications of a tenant.

use base::Result;
use clap::{Args, Subcommand};
use domain::tenants::{
    ApplicationChanges, ApplicationSettings, NewApplication, create_application, rotate_secret,
    signing_secret, update_application,
};
use serde::{Deserialize, Serialize};

use super::{Output, audited, ids, output};
use crate::services::Services;

/// Commands on applications.
#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppCommand {
    /// Create an application. Its signing secret is shown only once.
    Create(Create),
    /// Update the name, web origins and settings of an application.
    Update(Update),
    /// Create a new signing secret for an application. It is shown only once.
    RotateSecret(RotateSecret),
}

impl AppCommand {
    pub(super) async fn run(self, services: &Services) -> Result<Output> {
        match self {
            Self::Create(command) => command.run(services).await,
            Self::Update(command) => command.run(services).await,
            Self::RotateSecret(command) => command.run(services).await,
        }
    }
}

/// `caas app create`.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Create {
    /// Tenant id, `clnt_…`.
    #[arg(long)]
    tenant: String,
    /// Display name.
    #[arg(long, default_value = "default")]
    name: String,
    /// Allowed web origin, such as `https://app.example`. Repeat for several [default: any].
    #[arg(long = "origin", value_name = "ORIGIN")]
    origins: Vec<String>,
}

impl Create {
    async fn run(self, services: &Services) -> Result<Output> {
        let new = NewApplication {
            tenant: ids::tenant(&self.tenant)?,
            name: self.name,
            origins: self.origins,
        };
        let platform = audited(services, "application.created", Some(new.tenant));
        let application = create_application(&platform, &services.key_ring, new).await?;
        let mut output = output::application(&application);
        let secret = signing_secret(&services.key_ring, &application)?.secret;
        output["signing_secret"] = secret.as_str().into();
        Ok(output)
    }
}

/// `caas app update`.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Update {
    /// Tenant id, `clnt_…`.
    #[arg(long)]
    tenant: String,
    /// Application id, `app_…`.
    #[arg(long)]
    app: String,
    /// Display name.
    #[arg(long)]
    name: Option<String>,
    /// Allowed web origin. Repeat for several; they replace the present ones.
    #[arg(long = "origin", value_name = "ORIGIN")]
    origins: Vec<String>,
    /// Allow any web origin.
    #[arg(long, conflicts_with = "origins")]
    any_origin: bool,
    /// Longest lifetime of an accepted user token in seconds, at most 86,400.
    #[arg(long)]
    token_seconds: Option<i64>,
}

impl Update {
    async fn run(self, services: &Services) -> Result<Output> {
        let platform = services.store.platform();
        let application = ids::application_of(&platform, &self.tenant, &self.app).await?;
        let replaces_origins = self.any_origin || !self.origins.is_empty();
        let changes = ApplicationChanges {
            name: self.name,
            origins: replaces_origins.then_some(self.origins),
            settings: self
                .token_seconds
                .map(|token_seconds| ApplicationSettings { token_seconds }),
        };
        let expected_version = Some(application.version);
        let tenant = Some(application.tenant_id);
        let platform = audited(services, "application.updated", tenant);
        let changed =
            update_application(&platform, application.id, changes, expected_version).await?;
        Ok(output::application(&changed))
    }
}

/// `caas app rotate-secret`.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct RotateSecret {
    /// Tenant id, `clnt_…`.
    #[arg(long)]
    tenant: String,
    /// Application id, `app_…`.
    #[arg(long)]
    app: String,
    /// Seconds during which tokens signed with the previous secret are still accepted.
    #[arg(long, default_value_t = 86_400)]
    overlap_seconds: u32,
}

impl RotateSecret {
    async fn run(self, services: &Services) -> Result<Output> {
        let platform = services.store.platform();
        let key_ring = &services.key_ring;
        let application = ids::application_of(&platform, &self.tenant, &self.app).await?;
        let tenant = Some(application.tenant_id);
        let platform = audited(services, "application.secret_rotated", tenant);
        let rotated =
            rotate_secret(&platform, key_ring, application.id, self.overlap_seconds).await?;
        let mut output = output::application(&rotated);
        let secret = signing_secret(key_ring, &rotated)?.secret;
        output["signing_secret"] = secret.as_str().into();
        Ok(output)
    }
}
