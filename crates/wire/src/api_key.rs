use base::Timestamp;
use domain::tenants::{self, show_application};
use serde::Serialize;
use store::Entity;
use utoipa::ToSchema;

use crate::schema;

/// An API key.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ApiKey {
    /// Unique id.
    #[schema(value_type = schema::Id)]
    pub id: String,
    /// The application of the key.
    #[schema(value_type = schema::ApplicationId)]
    pub application_id: String,
    /// Display name.
    pub name: String,
    /// The last four characters of the key, to recognize it.
    pub last4: String,
    /// Scopes that the key grants.
    pub scopes: Vec<String>,
    /// The key; only returned by the request that created it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Expiration time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Timestamp>)]
    pub expires_at: Option<Timestamp>,
    /// Time of the last use, accurate to a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Timestamp>)]
    pub last_used_at: Option<Timestamp>,
    /// Time of the revocation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Timestamp>)]
    pub revoked_at: Option<Timestamp>,
    /// Creation time.
    #[schema(value_type = schema::Timestamp)]
    pub created_at: Timestamp,
}

impl ApiKey {
    /// Returns a stored key, with its text if it was just created.
    #[must_use]
    pub fn of(key: &Entity<tenants::ApiKey>, text: Option<&str>) -> Self {
        Self {
            id: key.id.to_string(),
            application_id: show_application(key.application_id),
            name: key.name.clone(),
            last4: key.last4.clone(),
            scopes: key.scopes.0.clone(),
            key: text.map(str::to_owned),
            expires_at: key.expires_at,
            last_used_at: key.last_used_at,
            revoked_at: key.revoked_at,
            created_at: key.created_at,
        }
    }
}
