use base::{TenantId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::given::given;
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

/// Makes an application.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApplication {
    /// What the operator sees.
    #[schema(value_type = schema::Name)]
    pub name: String,
    /// Web origins its clients may come from, such as `https://app.example.com`.
    #[serde(default)]
    #[schema(schema_with = schema::origins)]
    pub origins: Vec<String>,
}

/// Changes the given fields of an application.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplicationPatch {
    /// What the operator sees.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<schema::Name>)]
    pub name: Option<String>,
    /// Replaces the origins.
    #[serde(default, deserialize_with = "given")]
    #[schema(schema_with = schema::origins)]
    pub origins: Option<Vec<String>>,
    /// The version that was read; another one that stands is 409 `version_conflict`.
    #[serde(default, deserialize_with = "given")]
    #[schema(minimum = 1)]
    pub version: Option<i64>,
}
