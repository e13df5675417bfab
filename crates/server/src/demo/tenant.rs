use base::{Direction, Error, ErrorCode, PageSize, Result};
use domain::tenants::{
    self, Application, NewApplication, NewTenant, Tenant, TenantStatus, Tier, create_application,
    create_tenant, finish_provisioning, list_applications, list_tenants,
};
use store::{Entity, Store, TenantStore};

use crate::command::Desk;

/// The plan by which the demo tenant is known.
const PLAN: &str = "demo";

/// The demo tenant and its application.
///
/// # Errors
/// 403 `tenant_suspended` when the operator shut it.
pub async fn find_or_make(desk: &Desk) -> Result<(TenantStore, Entity<Application>)> {
    let client = match find(&desk.store).await? {
        Some(client) => client,
        None => make(&desk.store).await?,
    };
    if client.status == TenantStatus::Suspended {
        let told = format!(
            "the demo tenant is suspended: `caas tenant resume {}`",
            tenants::tenant_id(client.id)
        );
        return Err(Error::new(ErrorCode::TenantSuspended, told));
    }
    let id = tenants::tenant_id(client.id);
    let platform = desk.store.platform();
    let present = list_applications(&platform, id).await?.into_iter().next();
    let application = if let Some(application) = present {
        application
    } else {
        let new = NewApplication {
            tenant: id,
            name: "Demo".to_owned(),
            origins: Vec::new(),
        };
        create_application(&platform, &desk.vault, new).await?
    };
    Ok((desk.door.tenant(id).await?, application))
}

async fn make(store: &Store) -> Result<Entity<Tenant>> {
    let name = "Demo".to_owned();
    let plan = Some(PLAN.to_owned());
    create_tenant(
        store,
        NewTenant {
            name,
            description: None,
            plan,
            tier: Tier::Free,
        },
    )
    .await
}

async fn find(store: &Store) -> Result<Option<Entity<Tenant>>> {
    // A start that was cut short may have left it half made.
    finish_provisioning(store).await?;
    let mut after = None;
    loop {
        let page =
            list_tenants(&store.platform(), PageSize::MAX, Direction::Forward, after).await?;
        if let Some(client) = page.items.into_iter().find(|client| client.plan == PLAN) {
            return Ok(Some(client));
        }
        after = page.next;
        if after.is_none() {
            return Ok(None);
        }
    }
}
