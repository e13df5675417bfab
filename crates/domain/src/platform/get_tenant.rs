use base::{Code, Failure, Id, Result, TenantId};
use store::{Entity, Platform};

use super::Client;

/// The tenant's own document.
///
/// # Errors
/// 404 `tenant_not_found`.
pub async fn get_tenant(platform: &Platform, tenant: TenantId) -> Result<Entity<Client>> {
    platform
        .get(Id::new(tenant.object_id()))
        .await?
        .ok_or_else(tenant_not_found)
}

/// What a tenant is called by everywhere but in its own document.
#[must_use]
pub const fn tenant_id(client: Id<Client>) -> TenantId {
    TenantId::new(client.object_id())
}

pub(super) fn tenant_not_found() -> Failure {
    Failure::new(Code::TenantNotFound, "There is no such tenant.")
}
