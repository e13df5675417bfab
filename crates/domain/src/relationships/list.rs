use base::{Direction, Id, PageSize, Result};
use store::{Page, Position, TenantStore};

use super::{Pair, Relationship, State};
use crate::users::User;

/// How a user stands to another, also when nothing is said of it.
///
/// # Errors
/// When the store cannot answer.
pub async fn get(tenant: &TenantStore, user: Id<User>, other: Id<User>) -> Result<Relationship> {
    Ok(own(&Pair::read(tenant, user, other).await?, user, other))
}

pub(super) fn own(pair: &Pair, user: Id<User>, other: Id<User>) -> Relationship {
    pair.mine.as_ref().map_or_else(
        || Relationship::nothing(user, other),
        |side| side.doc.clone(),
    )
}

/// A page of those to whom a user stands in this way, or of the favourites.
///
/// # Errors
/// When the store cannot answer.
pub async fn list(
    tenant: &TenantStore,
    user: Id<User>,
    state: Option<State>,
    size: PageSize,
    direction: Direction,
    after: Option<Position>,
) -> Result<Page<Relationship>> {
    let query = match state {
        Some(state) => Relationship::by_state
            .eq(Relationship::user_id, user)
            .eq(Relationship::state, state),
        None => Relationship::by_favourite
            .eq(Relationship::user_id, user)
            .eq(Relationship::favourite, true),
    };
    Ok(tenant
        .list(query.limit(size.get()).towards(direction).after(after))
        .await?)
}
