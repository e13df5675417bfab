use base::{TenantId, Timestamp};
use domain::tenants::{self, show_application};
use serde::Serialize;
use store::Entity;
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

impl Application {
    /// Returns a stored application, with its signing secret if it was just created.
    #[must_use]
    pub fn of(application: &Entity<tenants::Application>, secret: Option<&str>) -> Self {
        let id = show_application(application.id);
        let newest = application.secrets.0.last();
        let version = newest.map_or(0, |secret| secret.version);
        Self {
            key_id: format!("{id}.{version}"),
            id,
            tenant_id: application.tenant_id,
            name: application.name.clone(),
            origins: application.origins.0.clone(),
            publishable_key: tenants::publishable_key(application.id),
            signing_secret: secret.map(str::to_owned),
            created_at: application.created_at,
            updated_at: application.updated_at,
            version: application.version,
        }
    }
}
