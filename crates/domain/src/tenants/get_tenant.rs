use base::{Error, ErrorCode, Id, Result, TenantId};
use store::{Entity, PlatformStore};

use super::Tenant;

/// The tenant's own document.
///
/// # Errors
/// 404 `tenant_not_found`.
pub async fn get_tenant(platform: &PlatformStore, tenant: TenantId) -> Result<Entity<Tenant>> {
    platform
        .get(Id::new(tenant.object_id()))
        .await?
        .ok_or_else(tenant_not_found)
}

/// What a tenant is called by everywhere but in its own document.
#[must_use]
pub const fn tenant_id(client: Id<Tenant>) -> TenantId {
    TenantId::new(client.object_id())
}

pub(crate) fn tenant_not_found() -> Error {
    Error::new(ErrorCode::TenantNotFound, "There is no such tenant.")
}
