use base::{TenantId, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::schema;

/// A tenant.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Tenant {
    /// The id.
    #[schema(value_type = schema::TenantId)]
    pub id: TenantId,
    /// What the operator sees.
    pub name: String,
    /// What the operator noted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The plan it is billed by.
    pub plan: String,
    /// Whether it may be used.
    pub status: TenantStatus,
    /// How its data is kept apart.
    pub tier: Tier,
    /// When it was made.
    #[schema(value_type = schema::Timestamp)]
    pub created_at: Timestamp,
    /// When it was changed last.
    #[schema(value_type = schema::Timestamp)]
    pub updated_at: Timestamp,
    /// Rises with each change.
    pub version: i64,
}

/// Whether a tenant may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TenantStatus {
    /// Being made.
    Provisioning,
    /// In use.
    Active,
    /// Refused everywhere.
    Suspended,
}

/// How a tenant's data is kept apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// In shared collections.
    Free,
    /// In shared collections.
    Starter,
    /// In collections of its own.
    Pro,
    /// In a database of its own.
    Enterprise,
}
