use base::{Direction, ExternalId, Id, PageSize, Result};
use store::{Page, Position, TenantStore};

use super::AppDatum;
use super::key::permit;
use crate::Actor;
use crate::users::User;

/// A page of what an app keeps for a user, in the order of the keys.
///
/// # Errors
/// 403 `forbidden`, 503 when the store cannot answer.
pub async fn list(
    tenant: &TenantStore,
    actor: Actor,
    (user, app): (Id<User>, ExternalId),
    size: PageSize,
    direction: Direction,
    after: Option<Position>,
) -> Result<Page<AppDatum>> {
    permit(actor, user)?;
    let of_app = AppDatum::by_key
        .eq(AppDatum::user_id, user)
        .eq(AppDatum::app_id, app);
    Ok(tenant
        .list(of_app.limit(size.get()).towards(direction).after(after))
        .await?)
}
