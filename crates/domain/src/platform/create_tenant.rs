use base::{Code, Failure, Id, Result, TenantId, limit};
use store::{Changes, Entity, Platform, Store, Update};

use super::{Client, ClientStatus, Tier};
use crate::check::{self, Faults};

/// A tenant to be.
#[derive(Clone, Debug)]
pub struct NewTenant {
    /// What the operator calls it.
    pub name: String,
    /// What the operator notes about it.
    pub description: Option<String>,
    /// The plan it is billed by; the tier's name when absent.
    pub plan: Option<String>,
    /// What it pays for.
    pub tier: Tier,
}

/// Makes a tenant and its place. Cut short, it stands as `provisioning` until
/// [`finish_provisioning`] is run.
///
/// # Errors
/// 400 with the wrong places, 503 when the place cannot be made now.
pub async fn create_tenant(store: &Store, new: NewTenant) -> Result<Entity<Client>> {
    let NewTenant { name, description, plan, tier } = new;
    let plan = plan.unwrap_or_else(|| tier.as_str().to_owned());
    let mut faults = Faults::default();
    faults.note(check::name("/name", &name))?;
    faults.note(check::name("/plan", &plan))?;
    if let Some(description) = &description {
        faults.note(check::text("/description", description, limit::DESCRIPTION_LENGTH))?;
    }
    faults.done()?;
    let platform = store.platform();
    let mut batch = platform.batch();
    let client = batch.insert(Client { name, description, plan, status: ClientStatus::Provisioning, tier });
    platform.commit(batch).await?;
    provision(store, &client).await
}

/// Finishes the creation of tenants that was cut short, up to a page of them;
/// answers how many.
///
/// # Errors
/// 503 when a place cannot be made now.
pub async fn finish_provisioning(store: &Store) -> Result<usize> {
    let query = Client::by_status.eq(Client::status, ClientStatus::Provisioning).limit(limit::PAGE);
    let pending = store.platform().list(query).await?.items;
    for client in &pending {
        provision(store, client).await?;
    }
    Ok(pending.len())
}

async fn provision(store: &Store, client: &Entity<Client>) -> Result<Entity<Client>> {
    let place = store::place::resolve(tenant_id(client.id), client.tier.isolation());
    store.migrate(place).await?;
    let platform = store.platform();
    let mut batch = platform.batch();
    let changes = Changes::new().set(Client::status, ClientStatus::Active);
    let still = Some(ClientStatus::Provisioning);
    batch.update(client.id, Update::of(changes).expecting(Client::status, still));
    match platform.commit(batch).await {
        // Somebody else finished the same work.
        Ok(()) | Err(store::CommitError::Stale { .. }) => get_tenant(&platform, tenant_id(client.id)).await,
        Err(error) => Err(error.into()),
    }
}

/// The tenant's own document.
///
/// # Errors
/// 404 `tenant_not_found`.
pub async fn get_tenant(platform: &Platform, tenant: TenantId) -> Result<Entity<Client>> {
    platform.get(Id::new(tenant.object_id())).await?.ok_or_else(tenant_not_found)
}

/// What a tenant is called by everywhere but in its own document.
#[must_use]
pub const fn tenant_id(client: Id<Client>) -> TenantId {
    TenantId::new(client.object_id())
}

pub(super) fn tenant_not_found() -> Failure {
    Failure::new(Code::TenantNotFound, "There is no such tenant.")
}
