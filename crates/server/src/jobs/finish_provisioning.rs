use base::Result;
use domain::tenants::finish_provisioning;
use store::Store;

/// Finishes the making of tenants that was cut short.
pub async fn run(store: Store) -> Result<()> {
    while finish_provisioning(&store).await? > 0 {}
    Ok(())
}
