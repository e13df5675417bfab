use base::{Direction, PageSize, Result};
use store::{Page, PlatformStore, Position};

use super::Tenant;

/// A page of the tenants by the time they were created.
///
/// # Errors
/// 503 when the store cannot answer.
pub async fn list_tenants(
    platform: &PlatformStore,
    size: PageSize,
    direction: Direction,
    after: Option<Position>,
) -> Result<Page<Tenant>> {
    let query = Tenant::by_created
        .all()
        .limit(size.get())
        .towards(direction)
        .after(after);
    Ok(platform.list(query).await?)
}
