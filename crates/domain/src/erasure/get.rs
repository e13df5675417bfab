use base::{Error, ErrorCode, Id, Result};
use store::{Entity, TenantStore};

use super::Erasure;

/// An erasure with its report.
///
/// # Errors
/// 404 `erasure_not_found`.
pub async fn get(tenant: &TenantStore, id: Id<Erasure>) -> Result<Entity<Erasure>> {
    let found = tenant.get(id).await?;
    found.ok_or_else(|| Error::new(ErrorCode::ErasureNotFound, "There is no such erasure."))
}
