use base::{Direction, PageSize, Result};
use store::{Page, Position, Tenant};

use super::User;

/// A page of the tenant's users by the time they were created.
///
/// # Errors
/// 503 when the store cannot answer.
pub async fn list(
    tenant: &Tenant,
    size: PageSize,
    direction: Direction,
    after: Option<Position>,
) -> Result<Page<User>> {
    let query = User::by_created.all().limit(size.get()).towards(direction).after(after);
    Ok(tenant.list(query).await?)
}
