use base::{Error, ErrorCode, Result, TenantId};
use store::{Changes, CommitError, Entity, PlatformStore, Update};

use super::{Tenant, TenantStatus, get_tenant};

/// Shuts a tenant: everything of it answers 403 `tenant_suspended`. What it
/// stored stays.
///
/// # Errors
/// 404 `tenant_not_found`, 409 `state_conflict` while it is being made.
pub async fn suspend(platform: &PlatformStore, tenant: TenantId) -> Result<Entity<Tenant>> {
    turn(
        platform,
        tenant,
        TenantStatus::Active,
        TenantStatus::Suspended,
    )
    .await
}

/// Opens a suspended tenant again.
///
/// # Errors
/// 404 `tenant_not_found`, 409 `state_conflict` while it is being made.
pub async fn resume(platform: &PlatformStore, tenant: TenantId) -> Result<Entity<Tenant>> {
    turn(
        platform,
        tenant,
        TenantStatus::Suspended,
        TenantStatus::Active,
    )
    .await
}

async fn turn(
    platform: &PlatformStore,
    tenant: TenantId,
    from: TenantStatus,
    to: TenantStatus,
) -> Result<Entity<Tenant>> {
    let client = get_tenant(platform, tenant).await?;
    if client.status == from {
        let mut batch = platform.batch();
        batch.update(
            client.id,
            Update::of(Changes::new().set(Tenant::status, to))
                .expecting(Tenant::status, Some(from)),
        );
        match platform.commit(batch).await {
            // Turned by somebody else: what stands now is looked at below.
            Ok(()) | Err(CommitError::PreconditionFailed { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let client = get_tenant(platform, tenant).await?;
    if client.status == to {
        return Ok(client);
    }
    Err(Error::new(
        ErrorCode::StateConflict,
        format!("The tenant is {}.", client.status),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;

    #[tokio::test]
    async fn suspending_twice_is_suspending_once() {
        let world = World::new();
        let platform = world.store.platform();
        let id = world.company("Acme").await.tenant.id();
        let once = suspend(&platform, id).await.unwrap();
        let twice = suspend(&platform, id).await.unwrap();
        assert_eq!(
            (once.status, once.version),
            (TenantStatus::Suspended, twice.version)
        );
        assert_eq!(
            resume(&platform, id).await.unwrap().status,
            TenantStatus::Active
        );
        let nobody = TenantId::new(base::ObjectId([1; 12]));
        assert_eq!(
            suspend(&platform, nobody).await.unwrap_err().code,
            ErrorCode::TenantNotFound
        );
    }
}
