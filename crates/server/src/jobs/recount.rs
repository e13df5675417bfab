use base::Result;
use domain::analytics::{Recount, recount};
use domain::work::Leased;
use store::Tenant;

/// Counts a marked bucket of events anew.
pub async fn carry_out(tenant: Tenant, mark: Leased<Recount>) -> Result<()> {
    recount(&tenant, mark.id).await
}
