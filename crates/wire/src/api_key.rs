use base::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::schema;

/// An API key.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ApiKey {
    /// The id.
    #[schema(value_type = schema::Id)]
    pub id: String,
    /// The application it belongs to.
    #[schema(value_type = schema::ApplicationId)]
    pub application_id: String,
    /// What the tenant calls it.
    pub name: String,
    /// The last four characters of the key, to recognise it by.
    pub last4: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// The key, in the answer that made it only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// When it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Timestamp>)]
    pub expires_at: Option<Timestamp>,
    /// When it was used last, within a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Timestamp>)]
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Timestamp>)]
    pub revoked_at: Option<Timestamp>,
    /// When it was made.
    #[schema(value_type = schema::Timestamp)]
    pub created_at: Timestamp,
}
