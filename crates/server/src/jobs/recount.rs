use base::Result;
use domain::analytics::{Recount, recount};
use domain::leases::Leased;
use domain::tenants::get_tenant;
use store::{Store, TenantStore};

/// Counts a marked bucket of events anew. The place of events holds those of
/// tenants whose users lie elsewhere, so it is asked where that is.
pub async fn carry_out(store: Store, tenant: TenantStore, mark: Leased<Recount>) -> Result<()> {
    let client = get_tenant(&store.platform(), tenant.id()).await?;
    recount(&store.tenant(tenant.id(), client.tier.isolation()), mark.id).await
}
