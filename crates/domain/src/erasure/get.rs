use base::{Code, Failure, Id, Result};
use store::{Entity, Tenant};

use super::Erasure;

/// An erasure with its report.
///
/// # Errors
/// 404 `erasure_not_found`.
pub async fn get(tenant: &Tenant, id: Id<Erasure>) -> Result<Entity<Erasure>> {
    let found = tenant.get(id).await?;
    found.ok_or_else(|| Failure::new(Code::ErasureNotFound, "There is no such erasure."))
}
