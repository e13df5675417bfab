use base::{TenantId, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::schema;

/// An application of a tenant, with its signing secret and API keys.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Application {
    /// Unique id.
    #[schema(value_type = schema::ApplicationId)]
    pub id: String,
    /// The tenant.
    #[schema(value_type = schema::TenantId)]
    pub tenant_id: TenantId,
    /// Display name.
    pub name: String,
    /// Web origins that browsers may use; an empty list allows every origin.
    pub origins: Vec<String>,
    /// The `kid` of tokens signed with the current secret.
    pub key_id: String,
    /// Key with which clients start a sign-in. It is not secret and permits nothing else.
    pub publishable_key: String,
    /// The signing secret; only returned by the request that created it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signing_secret: Option<String>,
    /// Creation time.
    #[schema(value_type = schema::Timestamp)]
    pub created_at: Timestamp,
    /// Time of the last update.
    #[schema(value_type = schema::Timestamp)]
    pub updated_at: Timestamp,
    /// Version; increases with each update.
    pub version: i64,
}
