use base::{Direction, Error, ErrorCode, Id, PageSize, Result, TenantId, limit};
use store::{
    Changes, CommitError, Entity, Isolation, Page, PlatformStore, Position, ReadError, Store,
    Update,
};

use super::{Tenant, TenantStatus};
use crate::validation::{self, ValidationErrors};

/// Request to create a tenant.
#[derive(Clone, Debug)]
pub struct NewTenant {
    /// Display name, set by the operator.
    pub name: String,
    /// Description, set by the operator.
    pub description: Option<String>,
    /// Billing plan; defaults to the name of the tier.
    pub plan: Option<String>,
    /// Tier, which selects the isolation.
    pub tier: Tier,
}

/// Creates a tenant and its partition. If it is interrupted, the tenant stays `provisioning` until
/// [`finish_provisioning`] runs.
///
/// # Errors
/// 400 with the invalid fields, 503 if the partition cannot be created now.
pub async fn create_tenant(store: &Store, new: NewTenant) -> Result<Entity<Tenant>> {
    create_tenant_in(store, &store.platform(), new).await
}

/// As [`create_tenant`], through this handle of the platform.
///
/// # Errors
/// As [`create_tenant`].
pub async fn create_tenant_in(
    store: &Store,
    platform: &PlatformStore,
    new: NewTenant,
) -> Result<Entity<Tenant>> {
    let NewTenant {
        name,
        description,
        plan,
        tier,
    } = new;
    let plan = plan.unwrap_or_else(|| tier.as_str().to_owned());
    let mut errors = ValidationErrors::default();
    errors.add(validation::name("/name", &name))?;
    errors.add(validation::name("/plan", &plan))?;
    if let Some(description) = &description {
        errors.add(validation::text(
            "/description",
            description,
            limit::DESCRIPTION_LENGTH,
        ))?;
    }
    errors.finish()?;
    let mut batch = platform.batch();
    let tenant = batch.insert(Tenant {
        name,
        description,
        plan,
        status: TenantStatus::Provisioning,
        tier,
    });
    platform.commit(batch).await?;
    provision(store, &tenant).await
}

/// Returns the document of a tenant.
///
/// # Errors
/// 404 `tenant_not_found`.
pub async fn get_tenant(platform: &PlatformStore, tenant: TenantId) -> Result<Entity<Tenant>> {
    platform
        .get(Id::new(tenant.object_id()))
        .await?
        .ok_or_else(tenant_not_found)
}

/// Returns the tenant id that all other documents use.
#[must_use]
pub const fn tenant_id(tenant: Id<Tenant>) -> TenantId {
    TenantId::new(tenant.object_id())
}

pub(crate) fn tenant_not_found() -> Error {
    Error::new(ErrorCode::TenantNotFound, "There is no such tenant.")
}

/// Lists the tenants by creation time, one page at a time.
///
/// # Errors
/// 503 if the store is unavailable.
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

/// Suspends a tenant: all its requests fail with 403 `tenant_suspended`. Stored data is kept.
///
/// # Errors
/// 404 `tenant_not_found`, 409 `state_conflict` while the tenant is being provisioned.
pub async fn suspend(platform: &PlatformStore, tenant: TenantId) -> Result<Entity<Tenant>> {
    set_status(
        platform,
        tenant,
        TenantStatus::Active,
        TenantStatus::Suspended,
    )
    .await
}

/// Resumes a suspended tenant.
///
/// # Errors
/// 404 `tenant_not_found`, 409 `state_conflict` while the tenant is being provisioned.
pub async fn resume(platform: &PlatformStore, tenant: TenantId) -> Result<Entity<Tenant>> {
    set_status(
        platform,
        tenant,
        TenantStatus::Suspended,
        TenantStatus::Active,
    )
    .await
}

async fn set_status(
    platform: &PlatformStore,
    id: TenantId,
    from: TenantStatus,
    to: TenantStatus,
) -> Result<Entity<Tenant>> {
    let tenant = get_tenant(platform, id).await?;
    if tenant.status == from {
        let mut batch = platform.batch();
        batch.update(
            tenant.id,
            Update::of(Changes::new().set(Tenant::status, to))
                .expecting(Tenant::status, Some(from)),
        );
        match platform.commit(batch).await {
            // The status was changed concurrently; the current one is checked below.
            Ok(()) | Err(CommitError::PreconditionFailed { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let tenant = get_tenant(platform, id).await?;
    if tenant.status == to {
        return Ok(tenant);
    }
    Err(Error::new(
        ErrorCode::StateConflict,
        format!("The tenant is {}.", tenant.status),
    ))
}

/// Completes interrupted creations of tenants, at most one page of them. Returns their number.
///
/// # Errors
/// 503 if a partition cannot be created now.
pub async fn finish_provisioning(store: &Store) -> Result<usize> {
    let query = Tenant::by_status
        .eq(Tenant::status, TenantStatus::Provisioning)
        .limit(limit::PAGE);
    let pending = store.platform().list(query).await?.items;
    for tenant in &pending {
        provision(store, tenant).await?;
    }
    Ok(pending.len())
}

/// Creates the tenant's partition and activates the tenant.
pub(super) async fn provision(store: &Store, tenant: &Entity<Tenant>) -> Result<Entity<Tenant>> {
    let place = store::partition::resolve(tenant_id(tenant.id), tenant.tier.isolation());
    store.migrate(place).await?;
    let platform = store.platform();
    let mut batch = platform.batch();
    let changes = Changes::new().set(Tenant::status, TenantStatus::Active);
    let still = Some(TenantStatus::Provisioning);
    batch.update(
        tenant.id,
        Update::of(changes).expecting(Tenant::status, still),
    );
    match platform.commit(batch).await {
        // A concurrent call has activated the tenant.
        Ok(()) | Err(store::CommitError::PreconditionFailed { .. }) => {
            get_tenant(&platform, tenant_id(tenant.id)).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Checks that the store can be read and written.
///
/// # Errors
/// [`ReadError`] with the reason.
pub async fn ready(store: &Store) -> Result<(), ReadError> {
    store.ready().await?;
    store
        .platform()
        .count(Tenant::by_created.all(), 1)
        .await
        .map(drop)
}

store::string_enum! {
    /// Service tier of a tenant, which selects its isolation.
    pub enum Tier {
        /// Shares collections with other tenants.
        Free = "free",
        /// Shares collections with other tenants.
        Starter = "starter",
        /// Has dedicated collections.
        Pro = "pro",
        /// Has a dedicated database.
        Enterprise = "enterprise",
    }
}

impl Tier {
    /// Returns the isolation of the tier's tenants.
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
    async fn created_tenant_is_active_and_has_its_tier_as_plan() {
        let world = World::new();
        for &tier in Tier::ALL {
            let tenant = create_tenant(&world.store, new("Acme", tier))
                .await
                .unwrap();
            assert_eq!(
                (tenant.status, tenant.plan.as_str()),
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
                .map(|tenant| tenant.tier)
                .collect::<Vec<_>>(),
            Tier::ALL
        );
    }

    #[tokio::test]
    async fn invalid_fields_are_named_and_nothing_is_stored() {
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
    async fn suspending_a_suspended_tenant_has_no_effect() {
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
        let unknown = TenantId::new(base::ObjectId([1; 12]));
        assert_eq!(
            suspend(&platform, unknown).await.unwrap_err().code,
            ErrorCode::TenantNotFound
        );
    }

    #[tokio::test]
    async fn interrupted_creation_is_completed() {
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
