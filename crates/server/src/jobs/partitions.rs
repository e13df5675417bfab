//! Iteration over the partitions that hold documents of tenants.

use std::collections::BTreeMap;
use std::error::Error;

use base::{Direction, Id, PageSize, Result, TenantId, limit};
use domain::tenants::{list_tenants, tenant_id};
use store::partition::resolve;
use store::{Collection, DueIndex, Isolation, Partition, Store};

/// Runs `action` sequentially in every partition that holds documents of
/// tenants: first the shared one, then the dedicated ones. Returns their number.
///
/// # Errors
/// The first error of `action`, or 503 if the tenants cannot be listed.
pub async fn for_each_partition<F: Future<Output = Result<()>>>(
    store: &Store,
    action: impl Fn(Partition, Isolation) -> F,
) -> Result<usize> {
    action(Partition::Shared, Isolation::Shared).await?;
    let mut partitions = 1;
    let mut after = None;
    loop {
        let page =
            list_tenants(&store.platform(), PageSize::MAX, Direction::Forward, after).await?;
        for tenant in page.items {
            let isolation = tenant.tier.isolation();
            if isolation != Isolation::Shared {
                action(resolve(tenant_id(tenant.id), isolation), isolation).await?;
                partitions += 1;
            }
        }
        after = page.next;
        if after.is_none() {
            return Ok(partitions);
        }
    }
}

/// Schedules every partition twice: now, and when the leases of a server that
/// has crashed expire.
pub async fn schedule_all<C: Collection>(
    store: &Store,
    due_index: &DueIndex,
    lease_seconds: usize,
) {
    let now = store.context().now();
    let leases_expired = now.plus_millis(limit::signed(lease_seconds) * 1_000);
    let scheduled = for_each_partition(store, async |partition, _| {
        let partition = partition.of(C::DECLARATION.database);
        due_index.note(partition, now);
        due_index.note(partition, leases_expired);
        Ok(())
    });
    if let Err(error) = scheduled.await {
        let collection = C::DECLARATION.name;
        let error = &error as &dyn Error;
        tracing::warn!(collection, error, "failed to schedule all partitions");
    }
}

/// Groups documents of a partition by tenant.
pub fn group_by_tenant<C>(found: Vec<(TenantId, Id<C>)>) -> BTreeMap<TenantId, Vec<Id<C>>> {
    let mut groups: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (tenant, id) in found {
        groups.entry(tenant).or_default().push(id);
    }
    groups
}
