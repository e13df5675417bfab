use base::{TenantId, Timestamp};
use domain::tenants::{self, tenant_id};
use serde::{Deserialize, Serialize};
use store::Entity;
use utoipa::ToSchema;

use crate::schema;

/// A tenant.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Tenant {
    /// Unique id.
    #[schema(value_type = schema::TenantId)]
    pub id: TenantId,
    /// Display name.
    pub name: String,
    /// Note of the operator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Billing plan.
    pub plan: String,
    /// Status.
    pub status: TenantStatus,
    /// Isolation tier.
    pub tier: Tier,
    /// Creation time.
    #[schema(value_type = schema::Timestamp)]
    pub created_at: Timestamp,
    /// Time of the last update.
    #[schema(value_type = schema::Timestamp)]
    pub updated_at: Timestamp,
    /// Version; increases with each update.
    pub version: i64,
}

impl From<&Entity<tenants::Tenant>> for Tenant {
    fn from(tenant: &Entity<tenants::Tenant>) -> Self {
        Self {
            id: tenant_id(tenant.id),
            name: tenant.name.clone(),
            description: tenant.description.clone(),
            plan: tenant.plan.clone(),
            status: tenant.status.into(),
            tier: tenant.tier.into(),
            created_at: tenant.created_at,
            updated_at: tenant.updated_at,
            version: tenant.version,
        }
    }
}

/// Status of a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TenantStatus {
    /// Being created.
    Provisioning,
    /// Active.
    Active,
    /// All requests are rejected.
    Suspended,
}

/// Isolation tier of a tenant's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Shared collections.
    Free,
    /// Shared collections.
    Starter,
    /// Dedicated collections.
    Pro,
    /// A dedicated database.
    Enterprise,
}
