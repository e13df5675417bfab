//! `caas tenant`: tenants of the server.

use base::{Direction, Error, Id, PageSize, Result};
use clap::{Args, Subcommand};
use domain::tenants::{
    NewTenant, Tenant, Tier, create_tenant_in, get_tenant, list_applications, list_tenants, resume,
    suspend,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Entity, Position, Value};

use super::{Output, audited, ids, output};
use crate::services::Services;

/// Commands on tenants.
#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TenantCommand {
    /// Create a tenant and its database or collections.
    Create(Create),
    /// List tenants, oldest first.
    List(List),
    /// Show a tenant and its applications.
    Show(Show),
    /// Suspend a tenant immediately. Its requests fail with 403 `tenant_suspended`.
    Suspend(SetStatus),
    /// Resume a suspended tenant.
    Resume(SetStatus),
}

impl TenantCommand {
    pub(super) async fn run(self, services: &Services) -> Result<Output> {
        match self {
            Self::Create(command) => command.run(services).await,
            Self::List(command) => command.run(services).await,
            Self::Show(command) => command.run(services).await,
            Self::Suspend(command) => command.suspend(services).await,
            Self::Resume(command) => command.resume(services).await,
        }
    }
}

/// `caas tenant create`.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Create {
    /// Display name.
    #[arg(long)]
    name: String,
    /// Isolation of the tenant's data: shared collections (`free`, `starter`), dedicated collections (`pro`) or a dedicated database (`enterprise`).
    #[arg(long, value_parser = ["free", "starter", "pro", "enterprise"])]
    tier: String,
    /// Description for the operator.
    #[arg(long)]
    description: Option<String>,
    /// Billing plan [default: the name of the tier].
    #[arg(long)]
    plan: Option<String>,
}

impl Create {
    async fn run(self, services: &Services) -> Result<Output> {
        let unknown = || Error::invalid("/tier", "must be one of free, starter, pro, enterprise");
        let new = NewTenant {
            name: self.name,
            description: self.description,
            plan: self.plan,
            tier: Tier::from_word(&self.tier).ok_or_else(unknown)?,
        };
        let platform = audited(services, "tenant.created", None);
        let tenant = create_tenant_in(&services.store, &platform, new).await?;
        Ok(output::tenant(&tenant))
    }
}

/// `caas tenant list`.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct List {
    /// Page size, 1 to 100.
    #[arg(long, default_value_t = 100)]
    limit: usize,
    /// Last tenant of the previous page.
    #[arg(long, value_name = "TENANT")]
    after: Option<String>,
}

impl List {
    async fn run(self, services: &Services) -> Result<Output> {
        let platform = services.store.platform();
        let size =
            PageSize::new(self.limit).ok_or_else(|| Error::invalid("limit", "must be 1 to 100"))?;
        let after = match self.after {
            Some(text) => Some(position(&get_tenant(&platform, ids::tenant(&text)?).await?)),
            None => None,
        };
        let page = list_tenants(&platform, size, Direction::Forward, after).await?;
        let data: Vec<Output> = page.items.iter().map(output::tenant).collect();
        Ok(json!({"data": data, "has_more": page.next.is_some()}))
    }
}

/// Returns the position of a tenant in the list.
fn position(tenant: &Entity<Tenant>) -> Position {
    let id: Id<Tenant> = tenant.id;
    Position {
        rest: vec![Some(Value::Time(tenant.created_at))],
        id: id.object_id(),
    }
}

/// `caas tenant show`.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Show {
    /// Tenant id, `clnt_…`.
    tenant: String,
}

impl Show {
    async fn run(self, services: &Services) -> Result<Output> {
        let platform = services.store.platform();
        let id = ids::tenant(&self.tenant)?;
        let tenant = get_tenant(&platform, id).await?;
        let mut output = output::tenant(&tenant);
        let applications = list_applications(&platform, id).await?;
        output["applications"] = applications.iter().map(output::application).collect();
        Ok(output)
    }
}

/// `caas tenant suspend` and `caas tenant resume`.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct SetStatus {
    /// Tenant id, `clnt_…`.
    tenant: String,
}

impl SetStatus {
    async fn suspend(self, services: &Services) -> Result<Output> {
        let id = ids::tenant(&self.tenant)?;
        let tenant = suspend(&audited(services, "tenant.suspended", Some(id)), id).await?;
        Ok(output::tenant(&tenant))
    }

    async fn resume(self, services: &Services) -> Result<Output> {
        let id = ids::tenant(&self.tenant)?;
        let tenant = resume(&audited(services, "tenant.resumed", Some(id)), id).await?;
        Ok(output::tenant(&tenant))
    }
}
