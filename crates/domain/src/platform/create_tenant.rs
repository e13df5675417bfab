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

#[cfg(test)]
mod tests {
    use base::{Direction, PageSize};

    use super::*;
    use crate::platform::{list_tenants, resume, suspend};
    use crate::world::World;

    fn new(name: &str, tier: Tier) -> NewTenant {
        NewTenant { name: name.to_owned(), description: None, plan: None, tier }
    }

    #[tokio::test]
    async fn a_tenant_of_any_tier_is_active_and_billed_by_its_tier() {
        let world = World::new();
        for &tier in Tier::ALL {
            let client = create_tenant(&world.store, new("Acme", tier)).await.unwrap();
            assert_eq!((client.status, client.plan.as_str()), (ClientStatus::Active, tier.as_str()));
        }
        let page = list_tenants(&world.store.platform(), PageSize::MAX, Direction::Forward, None).await.unwrap();
        assert_eq!(page.items.iter().map(|client| client.tier).collect::<Vec<_>>(), Tier::ALL);
    }

    #[tokio::test]
    async fn a_creation_that_was_cut_short_is_finished() {
        let world = World::new();
        let platform = world.store.platform();
        let mut batch = platform.batch();
        let NewTenant { name, description, tier, .. } = new("Acme", Tier::Pro);
        let status = ClientStatus::Provisioning;
        let cut = batch.insert(Client { name, description, plan: "pro".to_owned(), status, tier });
        platform.commit(batch).await.unwrap();
        assert_eq!(suspend(&platform, tenant_id(cut.id)).await.unwrap_err().code, Code::StateConflict);
        assert_eq!(finish_provisioning(&world.store).await.unwrap(), 1);
        assert_eq!(finish_provisioning(&world.store).await.unwrap(), 0);
        assert_eq!(get_tenant(&platform, tenant_id(cut.id)).await.unwrap().status, ClientStatus::Active);
    }

    #[tokio::test]
    async fn suspending_twice_is_suspending_once() {
        let world = World::new();
        let platform = world.store.platform();
        let id = tenant_id(create_tenant(&world.store, new("Acme", Tier::Free)).await.unwrap().id);
        let once = suspend(&platform, id).await.unwrap();
        let twice = suspend(&platform, id).await.unwrap();
        assert_eq!((once.status, once.version), (ClientStatus::Suspended, twice.version));
        assert_eq!(resume(&platform, id).await.unwrap().status, ClientStatus::Active);
        let nobody = TenantId::new(base::ObjectId([1; 12]));
        assert_eq!(suspend(&platform, nobody).await.unwrap_err().code, Code::TenantNotFound);
    }

    #[tokio::test]
    async fn wrong_fields_are_named_and_nothing_is_stored() {
        let world = World::new();
        let bad = NewTenant { plan: Some(" ".to_owned()), ..new("a\0b", Tier::Free) };
        let failure = create_tenant(&world.store, bad).await.unwrap_err();
        let pointers: Vec<_> = failure.faults.iter().map(|fault| fault.pointer.as_ref()).collect();
        assert_eq!(pointers, ["/name", "/plan"]);
        let page = list_tenants(&world.store.platform(), PageSize::MAX, Direction::Forward, None).await.unwrap();
        assert!(page.items.is_empty());
    }
}
