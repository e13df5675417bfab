use base::{Error, ErrorCode, Id, Result, TenantId, limit};
use store::{Entity, PlatformStore};

use super::Application;

/// An application.
///
/// # Errors
/// 404 `application_not_found`.
pub async fn get_application(
    platform: &PlatformStore,
    id: Id<Application>,
) -> Result<Entity<Application>> {
    platform.get(id).await?.ok_or_else(application_not_found)
}

/// A tenant's applications, the oldest first: all, since their number is
/// bounded by [`limit::TENANT_APPLICATIONS`].
///
/// # Errors
/// 503 when the store cannot answer.
pub async fn list_applications(
    platform: &PlatformStore,
    tenant: TenantId,
) -> Result<Vec<Entity<Application>>> {
    let query = Application::by_tenant
        .eq(Application::tenant_id, tenant)
        .limit(limit::TENANT_APPLICATIONS);
    Ok(platform.list(query).await?.items)
}

pub(super) fn application_not_found() -> Error {
    Error::new(
        ErrorCode::ApplicationNotFound,
        "There is no such application.",
    )
}
