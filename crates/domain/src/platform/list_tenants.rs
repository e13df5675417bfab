use base::{Direction, PageSize, Result};
use store::{Page, Platform, Position};

use super::Client;

/// A page of the tenants by the time they were created.
///
/// # Errors
/// 503 when the store cannot answer.
pub async fn list_tenants(
    platform: &Platform,
    size: PageSize,
    direction: Direction,
    after: Option<Position>,
) -> Result<Page<Client>> {
    let query = Client::by_created
        .all()
        .limit(size.get())
        .towards(direction)
        .after(after);
    Ok(platform.list(query).await?)
}
