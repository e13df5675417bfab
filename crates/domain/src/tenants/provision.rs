use base::{Result, limit};
use store::{Changes, Entity, Store, Update};

use super::{Tenant, TenantStatus, get_tenant, tenant_id};

/// Finishes the creation of tenants that was cut short, up to a page of them;
/// answers how many.
///
/// # Errors
/// 503 when a place cannot be made now.
pub async fn finish_provisioning(store: &Store) -> Result<usize> {
    let query = Tenant::by_status
        .eq(Tenant::status, TenantStatus::Provisioning)
        .limit(limit::PAGE);
    let pending = store.platform().list(query).await?.items;
    for client in &pending {
        provision(store, client).await?;
    }
    Ok(pending.len())
}

/// Makes the tenant's place and opens the tenant.
pub(super) async fn provision(store: &Store, client: &Entity<Tenant>) -> Result<Entity<Tenant>> {
    let place = store::partition::resolve(tenant_id(client.id), client.tier.isolation());
    store.migrate(place).await?;
    let platform = store.platform();
    let mut batch = platform.batch();
    let changes = Changes::new().set(Tenant::status, TenantStatus::Active);
    let still = Some(TenantStatus::Provisioning);
    batch.update(
        client.id,
        Update::of(changes).expecting(Tenant::status, still),
    );
    match platform.commit(batch).await {
        // Somebody else finished the same work.
        Ok(()) | Err(store::CommitError::PreconditionFailed { .. }) => {
            get_tenant(&platform, tenant_id(client.id)).await
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use base::ErrorCode;

    use super::*;
    use crate::tenants::{Tier, suspend};
    use crate::world::World;

    #[tokio::test]
    async fn a_creation_that_was_cut_short_is_finished() {
        let world = World::new();
        let platform = world.store.platform();
        let mut batch = platform.batch();
        let status = TenantStatus::Provisioning;
        let tier = Tier::Pro;
        let name = "Acme".to_owned();
        let plan = "pro".to_owned();
        let cut = batch.insert(Tenant {
            name,
            description: None,
            plan,
            status,
            tier,
        });
        platform.commit(batch).await.unwrap();
        assert_eq!(
            suspend(&platform, tenant_id(cut.id))
                .await
                .unwrap_err()
                .code,
            ErrorCode::StateConflict
        );
        assert_eq!(finish_provisioning(&world.store).await.unwrap(), 1);
        assert_eq!(finish_provisioning(&world.store).await.unwrap(), 0);
        assert_eq!(
            get_tenant(&platform, tenant_id(cut.id))
                .await
                .unwrap()
                .status,
            TenantStatus::Active
        );
    }
}
