use base::{Direction, Error, ErrorCode, Id, PageSize, Result, TenantId, limit};
use store::{
    Changes, CommitError, Entity, Isolation, Page, PlatformStore, Position, ReadError, Store,
    Update,
};

use super::{Tenant, TenantStatus};
use crate::validation::{self, ValidationErrors};

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
/// [`finish_provisioning`](super::finish_provisioning) is run.
///
/// # Errors
/// 400 with the wrong places, 503 when the place cannot be made now.
pub async fn create_tenant(store: &Store, new: NewTenant) -> Result<Entity<Tenant>> {
    let NewTenant {
        name,
        description,
        plan,
        tier,
    } = new;
    let plan = plan.unwrap_or_else(|| tier.as_str().to_owned());
    let mut faults = ValidationErrors::default();
    faults.note(validation::name("/name", &name))?;
    faults.note(validation::name("/plan", &plan))?;
    if let Some(description) = &description {
        faults.note(validation::text(
            "/description",
            description,
            limit::DESCRIPTION_LENGTH,
        ))?;
    }
    faults.done()?;
    let platform = store.platform();
    let mut batch = platform.batch();
    let client = batch.insert(Tenant {
        name,
        description,
        plan,
        status: TenantStatus::Provisioning,
        tier,
    });
    platform.commit(batch).await?;
    provision(store, &client).await
}

/// The tenant's own document.
///
/// # Errors
/// 404 `tenant_not_found`.
pub async fn get_tenant(platform: &PlatformStore, tenant: TenantId) -> Result<Entity<Tenant>> {
    platform
        .get(Id::new(tenant.object_id()))
        .await?
        .ok_or_else(tenant_not_found)
}

/// What a tenant is called by everywhere but in its own document.
#[must_use]
pub const fn tenant_id(client: Id<Tenant>) -> TenantId {
    TenantId::new(client.object_id())
}

pub(crate) fn tenant_not_found() -> Error {
    Error::new(ErrorCode::TenantNotFound, "There is no such tenant.")
}

/// A page of the tenants by the time they were created.
///
/// # Errors
/// 503 when the store cannot answer.
pub async fn list_tenants(
    platform: &PlatformStore,
    size: PageSize,
    direction: Direction,
    after: Option<Position>,
) -> Result<Page<Tenant>> {
    let query = Tenant::by_created
        .all()
        .limit(size.get())
        .towards(direction)
        .after(after);
    Ok(platform.list(query).await?)
}

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
    let place = store::place::resolve(tenant_id(client.id), client.tier.isolation());
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

/// Checks that the store can be read and written.
///
/// # Errors
/// [`ReadError`] with the reason when it cannot.
pub async fn ready(store: &Store) -> Result<(), ReadError> {
    store.ready().await?;
    store
        .platform()
        .count(Tenant::by_created.all(), 1)
        .await
        .map(drop)
}

store::string_enum! {
    /// What a tenant pays for; decides how it is isolated.
    pub enum Tier {
        /// Shares collections with others.
        Free = "free",
        /// Shares collections with others.
        Starter = "starter",
        /// Has a collection set of its own.
        Pro = "pro",
        /// Has a database of its own.
        Enterprise = "enterprise",
    }
}

impl Tier {
    /// How tenants of the tier are isolated.
    #[must_use]
    pub const fn isolation(self) -> Isolation {
        match self {
            Self::Free | Self::Starter => Isolation::Shared,
            Self::Pro => Isolation::DedicatedCollections,
            Self::Enterprise => Isolation::DedicatedDatabase,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;

    fn new(name: &str, tier: Tier) -> NewTenant {
        NewTenant {
            name: name.to_owned(),
            description: None,
            plan: None,
            tier,
        }
    }

    #[tokio::test]
    async fn a_tenant_of_any_tier_is_active_and_billed_by_its_tier() {
        let world = World::new();
        for &tier in Tier::ALL {
            let client = create_tenant(&world.store, new("Acme", tier))
                .await
                .unwrap();
            assert_eq!(
                (client.status, client.plan.as_str()),
                (TenantStatus::Active, tier.as_str())
            );
        }
        let page = list_tenants(
            &world.store.platform(),
            PageSize::MAX,
            Direction::Forward,
            None,
        )
        .await
        .unwrap();
        assert_eq!(
            page.items
                .iter()
                .map(|client| client.tier)
                .collect::<Vec<_>>(),
            Tier::ALL
        );
    }

    #[tokio::test]
    async fn wrong_fields_are_named_and_nothing_is_stored() {
        let world = World::new();
        let bad = NewTenant {
            plan: Some(" ".to_owned()),
            ..new("a\0b", Tier::Free)
        };
        let failure = create_tenant(&world.store, bad).await.unwrap_err();
        let pointers: Vec<_> = failure
            .faults
            .iter()
            .map(|fault| fault.pointer.as_ref())
            .collect();
        assert_eq!(pointers, ["/name", "/plan"]);
        let page = list_tenants(
            &world.store.platform(),
            PageSize::MAX,
            Direction::Forward,
            None,
        )
        .await
        .unwrap();
        assert!(page.items.is_empty());
    }

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
