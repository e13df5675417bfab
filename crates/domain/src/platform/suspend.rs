use base::{Code, Failure, Result, TenantId};
use store::{Changes, CommitError, Entity, Platform, Update};

use super::create_tenant::get_tenant;
use super::{Client, ClientStatus};

/// Shuts a tenant: everything of it answers 403 `tenant_suspended`. What it
/// stored stays.
///
/// # Errors
/// 404 `tenant_not_found`, 409 `state_conflict` while it is being made.
pub async fn suspend(platform: &Platform, tenant: TenantId) -> Result<Entity<Client>> {
    turn(platform, tenant, ClientStatus::Active, ClientStatus::Suspended).await
}

/// Opens a suspended tenant again.
///
/// # Errors
/// 404 `tenant_not_found`, 409 `state_conflict` while it is being made.
pub async fn resume(platform: &Platform, tenant: TenantId) -> Result<Entity<Client>> {
    turn(platform, tenant, ClientStatus::Suspended, ClientStatus::Active).await
}

async fn turn(platform: &Platform, tenant: TenantId, from: ClientStatus, to: ClientStatus) -> Result<Entity<Client>> {
    let client = get_tenant(platform, tenant).await?;
    if client.status == from {
        let mut batch = platform.batch();
        batch.update(
            client.id,
            Update::of(Changes::new().set(Client::status, to)).expecting(Client::status, Some(from)),
        );
        match platform.commit(batch).await {
            // Turned by somebody else: what stands now is looked at below.
            Ok(()) | Err(CommitError::Stale { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let client = get_tenant(platform, tenant).await?;
    if client.status == to {
        return Ok(client);
    }
    Err(Failure::new(Code::StateConflict, format!("The tenant is {}.", client.status)))
}
