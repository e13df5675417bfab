use base::{TenantId, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::schema;

/// An application: a way into a tenant.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Application {
    /// The id.
    #[schema(value_type = schema::ApplicationId)]
    pub id: String,
    /// Whose it is.
    #[schema(value_type = schema::TenantId)]
    pub tenant_id: TenantId,
    /// What the operator sees.
    pub name: String,
    /// Web origins its clients may come from; empty allows every origin.
    pub origins: Vec<String>,
    /// The `kid` of tokens signed with the present secret.
    pub key_id: String,
    /// The signing secret, in the answer that made it only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signing_secret: Option<String>,
    /// When it was made.
    #[schema(value_type = schema::Timestamp)]
    pub created_at: Timestamp,
    /// When it was changed last.
    #[schema(value_type = schema::Timestamp)]
    pub updated_at: Timestamp,
    /// Rises with each change.
    pub version: i64,
}
