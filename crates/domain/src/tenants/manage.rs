use std::ops::Bound;

use base::{Direction, Error, ErrorCode, PageSize, Patch, Result, TenantId, limit};
use store::{Changes, Entity, Page, PlatformStore, Position, Update};

use super::{Tenant, TenantStatus, Tier, get_tenant};
use crate::validation::{self, ValidationErrors};

/// Filter of a list of tenants.
#[derive(Clone, Debug)]
pub enum TenantFilter {
    /// All tenants, oldest first.
    All,
    /// Tenants with this status, oldest first.
    Status(TenantStatus),
    /// Tenants of this tier, oldest first.
    Tier(Tier),
    /// Tenants with this plan, oldest first.
    Plan(String),
    /// Tenants whose name begins with this text, by name.
    Name(String),
}

/// Lists the tenants that match a filter, one page at a time.
///
/// # Errors
/// 503 if the store is unavailable.
pub async fn find_tenants(
    platform: &PlatformStore,
    filter: &TenantFilter,
    size: PageSize,
    direction: Direction,
    after: Option<Position>,
) -> Result<Page<Tenant>> {
    let query = match filter.clone() {
        TenantFilter::All => Tenant::by_created.all(),
        TenantFilter::Status(status) => Tenant::by_status.eq(Tenant::status, status),
        TenantFilter::Tier(tier) => Tenant::by_tier.eq(Tenant::tier, tier),
        TenantFilter::Plan(plan) => Tenant::by_plan.eq(Tenant::plan, plan),
        TenantFilter::Name(prefix) => {
            let end = format!("{prefix}{}", char::MAX);
            let from = Bound::Included(prefix);
            let to = Bound::Excluded(end);
            Tenant::by_name.all().between(Tenant::name, from, to)
        }
    };
    let query = query.limit(size.get()).towards(direction).after(after);
    Ok(platform.list(query).await?)
}

/// Partial update of a tenant; omitted fields keep their value.
#[derive(Clone, Debug, Default)]
pub struct TenantChanges {
    /// Display name.
    pub name: Option<String>,
    /// Description.
    pub description: Patch<String>,
    /// Billing plan.
    pub plan: Option<String>,
}

/// Updates the given fields of a tenant. If `version` is given, the stored version must match.
///
/// # Errors
/// 400 with the invalid fields, 404 `tenant_not_found`, 409 `version_conflict`.
pub async fn update_tenant(
    platform: &PlatformStore,
    id: TenantId,
    given: TenantChanges,
    version: Option<i64>,
) -> Result<Entity<Tenant>> {
    let mut errors = ValidationErrors::default();
    let mut changes = Changes::new();
    if let Some(name) = given.name {
        errors.add(validation::name("/name", &name))?;
        changes = changes.set(Tenant::name, name);
    }
    if let Some(plan) = given.plan {
        errors.add(validation::name("/plan", &plan))?;
        changes = changes.set(Tenant::plan, plan);
    }
    match given.description {
        Patch::Keep => {}
        Patch::Clear => changes = changes.clear(Tenant::description),
        Patch::Set(description) => {
            let most = limit::DESCRIPTION_LENGTH;
            errors.add(validation::text("/description", &description, most))?;
            changes = changes.set(Tenant::description, description);
        }
    }
    errors.finish()?;
    if changes.is_empty() {
        return Err(Error::new(
            ErrorCode::InvalidRequest,
            "The request contains no field to change.",
        ));
    }
    let tenant = get_tenant(platform, id).await?;
    let mut batch = platform.batch();
    let update = Update::of(changes);
    batch.update(
        tenant.id,
        match version {
            Some(version) => update.expecting_version(version),
            None => update,
        },
    );
    platform.commit(batch).await?;
    get_tenant(platform, id).await
}
