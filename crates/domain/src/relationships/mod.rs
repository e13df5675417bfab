//! Relationships of users: friends, requests, blocks. Each pair has two documents, one per side,
//! which are always written together.

mod block;
mod change;
mod collections;
mod notes;
#[cfg(test)]
mod tests;

use base::{Direction, Error, Id, PageSize, Result};
use store::{
    Batch, Changes, Collection, Declaration, Entity, Page, Position, Row, TenantData, TenantStore,
    Update,
};

use crate::quotas::{QuotaKey, Quotas};
use crate::users::User;
pub use block::{
    BlockedUsers, Blocks, SyncBlockFlag, blocked_among, blocks_of, friends_among,
    require_reachable, require_visible,
};
pub(crate) use block::{blocked_error, separated_error};
pub(crate) use change::Pair;
pub use change::{RelationshipAction, change};
pub use collections::{Relationship, State};
pub use notes::{RelationshipNotes, remark};

/// Collections of the module.
pub(crate) const COLLECTIONS: &[&Declaration] = &[Relationship::DECLARATION];

/// Returns one side of a relationship, also if it is not stored.
///
/// # Errors
/// Fails if the store is unavailable.
pub async fn get(tenant: &TenantStore, user: Id<User>, other: Id<User>) -> Result<Relationship> {
    Ok(own(&Pair::read(tenant, user, other).await?, user, other))
}

fn own(pair: &Pair, user: Id<User>, other: Id<User>) -> Relationship {
    pair.mine.as_ref().map_or_else(
        || Relationship::nothing(user, other),
        |side| side.doc.clone(),
    )
}

/// Lists a user's relationships in one state, or the favourites, one page at a time.
///
/// # Errors
/// Fails if the store is unavailable.
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

/// Removes the sides of other users that refer to an erased user, and updates their quotas.
///
/// # Errors
/// Fails if the store is unavailable; 500 for documents of another collection.
pub(crate) async fn forget(
    tenant: &TenantStore,
    batch: &mut Batch<TenantData>,
    sides: Vec<Row>,
) -> Result<()> {
    let sides: Vec<Entity<Relationship>> = sides
        .into_iter()
        .map(Entity::from_row)
        .collect::<Result<_, _>>()
        .map_err(Error::internal)?;
    let counted: Vec<QuotaKey> = sides.iter().flat_map(|side| side.counted()).collect();
    let counts = Quotas::read(tenant, &counted).await?;
    for side in sides {
        // A deletion has no precondition, so an update without changes carries it.
        batch.update(
            side.id,
            Update::of(Changes::new())
                .quietly()
                .expecting_version(side.version),
        );
        batch.remove(side.id, true);
    }
    for name in &counted {
        counts.release(batch, name);
    }
    Ok(())
}
