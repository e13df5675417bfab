//! `caas key`: API keys of a tenant.

use base::{Error, Result};
use clap::{Args, Subcommand};
use domain::tenants::{
    NewKey, Scopes, create_key, get_tenant, list_keys, revoke_key, rotate_key, tenant_id,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Output, audited, ids, output};
use crate::services::Services;

/// Commands on API keys.
#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyCommand {
    /// Create an API key. It is shown only once.
    Create(Create),
    /// List the API keys of a tenant.
    List(List),
    /// Create a successor of an API key, which then expires. It is shown only once.
    Rotate(Rotate),
    /// Revoke an API key immediately.
    Revoke(Revoke),
}

impl KeyCommand {
    pub(super) async fn run(self, services: &Services) -> Result<Output> {
        match self {
            Self::Create(command) => command.run(services).await,
            Self::List(command) => command.run(services).await,
            Self::Rotate(command) => command.run(services).await,
            Self::Revoke(command) => command.run(services).await,
        }
    }
}

/// `caas key create`.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Create {
    /// Tenant id, `clnt_…`.
    #[arg(long)]
    tenant: String,
    /// Application id, `app_…`.
    #[arg(long)]
    app: String,
    /// Display name. Two active keys may share a name, for rotation.
    #[arg(long, default_value = "default")]
    name: String,
    /// Comma-separated scopes, such as users:write,messages:read; `*` for all.
    #[arg(long, value_delimiter = ',', default_value = "*")]
    scopes: Vec<String>,
    /// Expiry, such as 2030-01-31T12:00:00Z [default: never].
    #[arg(long, value_name = "TIME")]
    expires_at: Option<String>,
}

impl Create {
    async fn run(self, services: &Services) -> Result<Output> {
        let platform = services.store.platform();
        let application = ids::application_of(&platform, &self.tenant, &self.app).await?;
        let expires_at = self.expires_at.map(|text| text.parse()).transpose();
        let expires_at = expires_at.map_err(|error: base::InvalidTimestamp| {
            Error::invalid("/expires_at", error.to_string())
        })?;
        let new = NewKey {
            application: application.id,
            name: self.name,
            scopes: Scopes::parse(&self.scopes)?,
            expires_at,
        };
        let tenant = Some(application.tenant_id);
        let platform = audited(services, "api_key.created", tenant);
        let created = create_key(&platform, new).await?;
        let mut output = output::key(&created.key);
        output["key"] = created.text.as_str().into();
        Ok(output)
    }
}

/// `caas key list`.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct List {
    /// Tenant id, `clnt_…`.
    #[arg(long)]
    tenant: String,
    /// Only keys of this application, `app_…`.
    #[arg(long)]
    app: Option<String>,
}

impl List {
    async fn run(self, services: &Services) -> Result<Output> {
        let platform = services.store.platform();
        let tenant = get_tenant(&platform, ids::tenant(&self.tenant)?).await?;
        let application = match &self.app {
            Some(app) => Some(ids::application_of(&platform, &self.tenant, app).await?.id),
            None => None,
        };
        let keys = list_keys(&platform, tenant_id(tenant.id), application).await?;
        Ok(json!({"data": keys.iter().map(output::key).collect::<Vec<_>>()}))
    }
}

/// `caas key revoke`.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Revoke {
    /// Id of the key, as shown by `caas key list`.
    key: String,
}

impl Revoke {
    async fn run(self, services: &Services) -> Result<Output> {
        let key = revoke_key(
            &audited(services, "api_key.revoked", None),
            ids::key(&self.key)?,
        )
        .await?;
        Ok(output::key(&key))
    }
}

/// `caas key rotate`.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Rotate {
    /// Tenant id, `clnt_…`.
    #[arg(long)]
    tenant: String,
    /// Id of the key.
    key: String,
    /// Seconds during which the previous key is still accepted.
    #[arg(long, default_value_t = 86_400)]
    overlap_seconds: u32,
}

impl Rotate {
    async fn run(self, services: &Services) -> Result<Output> {
        let tenant = ids::tenant(&self.tenant)?;
        let id = ids::key(&self.key)?;
        let platform = audited(services, "api_key.rotated", Some(tenant));
        let created = rotate_key(&platform, tenant, id, self.overlap_seconds).await?;
        let mut output = output::key(&created.key);
        output["key"] = created.text.as_str().into();
        Ok(output)
    }
}
