use std::collections::BTreeMap;

use base::{Id, Result, TenantId, limit};
use domain::idempotency::IdempotencyKey;
use domain::messaging::{Presence, TypingIndicator};
use store::{Batch, Collection, Isolation, Marker, OfTenant, Place, Reaches, Store, Tenant};

use super::each_place;

/// Removes expired documents, which reads have left out since they expired.
pub async fn run(store: Store) -> Result<()> {
    // The embedded engine keeps what is ephemeral in one file for all places.
    sweep::<TypingIndicator>(&store, Place::Shared, Isolation::Shared, Tenant::ephemeral_batch).await?;
    sweep::<Presence>(&store, Place::Shared, Isolation::Shared, Tenant::ephemeral_batch).await?;
    let keys = |place, isolation| sweep::<IdempotencyKey>(&store, place, isolation, Tenant::batch);
    each_place(&store, keys).await.map(drop)
}

async fn sweep<C: Collection>(
    store: &Store,
    place: Place,
    isolation: Isolation,
    batch: fn(&Tenant) -> Batch<C::Place>,
) -> Result<()>
where
    C::Place: Marker,
    OfTenant: Reaches<C::Place>,
{
    loop {
        let expired = store.due::<C>(place, limit::BATCH_WRITES).await?;
        let last = expired.len() < limit::BATCH_WRITES;
        for (tenant, ids) in by_tenant(expired) {
            let tenant = store.tenant(tenant, isolation);
            let mut removal = batch(&tenant);
            ids.into_iter().for_each(|id| removal.remove(id, false));
            tenant.commit(removal).await?;
        }
        if last {
            return Ok(());
        }
    }
}

fn by_tenant<C>(due: Vec<(TenantId, Id<C>)>) -> BTreeMap<TenantId, Vec<Id<C>>> {
    let mut sorted: BTreeMap<_, Vec<_>> = BTreeMap::new();
    due.into_iter().for_each(|(tenant, id)| sorted.entry(tenant).or_default().push(id));
    sorted
}
