use base::{Id, Result, TenantId, limit};
use store::{Entity, PlatformStore};

use super::{ApiKey, Application};

/// Keys that one listing shows: all that are active, and as many more again
/// that have ended.
const MOST: usize = 2 * limit::APPLICATION_KEYS;

/// A tenant's keys or those of one application, revoked and expired ones
/// included, the newest first; at most 200.
///
/// # Errors
/// 503 when the store cannot answer.
pub async fn list_keys(
    platform: &PlatformStore,
    tenant: TenantId,
    application: Option<Id<Application>>,
) -> Result<Vec<Entity<ApiKey>>> {
    let query = ApiKey::by_application.eq(ApiKey::tenant_id, tenant);
    let query = if let Some(id) = application {
        query.eq(ApiKey::application_id, id)
    } else {
        query
    };
    Ok(platform.list(query.backward().limit(MOST)).await?.items)
}
