use base::{Direction, PageSize, Result};
use domain::tenants::{list_tenants, tenant_id};
use store::partition::resolve;
use store::{Isolation, Partition, Store};

/// Does something in every place that holds tenants' documents, one after
/// the other: the shared one, then those of single tenants. Answers how many.
///
/// # Errors
/// The first one of `action`, or 503 when the tenants cannot be listed.
pub async fn each_place<F: Future<Output = Result<()>>>(
    store: &Store,
    action: impl Fn(Partition, Isolation) -> F,
) -> Result<usize> {
    action(Partition::Shared, Isolation::Shared).await?;
    let mut places = 1;
    let mut after = None;
    loop {
        let page =
            list_tenants(&store.platform(), PageSize::MAX, Direction::Forward, after).await?;
        for client in page.items {
            let isolation = client.tier.isolation();
            if isolation != Isolation::Shared {
                action(resolve(tenant_id(client.id), isolation), isolation).await?;
                places += 1;
            }
        }
        after = page.next;
        if after.is_none() {
            return Ok(places);
        }
    }
}
