use base::{Error, Result};
use store::{Batch, Changes, Entity, Row, TenantData, TenantStore, Update};

use super::Relationship;
use crate::quotas::{Name, Quotas};

/// Removes what others hold of a user, and counts it no longer.
///
/// # Errors
/// When the store cannot answer; 500 for other documents than relationships.
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
    let counted: Vec<Name> = sides.iter().flat_map(|side| side.counted()).collect();
    let counts = Quotas::read(tenant, &counted).await?;
    for side in sides {
        // A removal expects nothing of its own, so a write that changes nothing does.
        batch.update(
            side.id,
            Update::of(Changes::new())
                .quietly()
                .expecting_version(side.version),
        );
        batch.remove(side.id, true);
    }
    for name in &counted {
        counts.give_back(batch, name);
    }
    Ok(())
}
