use std::collections::{BTreeMap, HashSet};

use base::{Direction, Id, PageSize, Result, TenantId, limit};
use store::{Batch, Collection, Marker, OfTenant, Place, Reaches, Store, Tenant, place};

use crate::idempotency::IdempotencyKey;
use crate::messaging::{Presence, TypingIndicator};
use crate::platform::{self, Tier};

/// Removes expired documents everywhere and answers how many. Readers do not
/// see them anyway: this is housekeeping, for an engine that does not expire
/// documents by itself.
///
/// # Errors
/// 503 when the store cannot answer; what was removed before stays removed.
pub async fn sweep(store: &Store) -> Result<usize> {
    let mut swept = HashSet::new();
    let mut removed = 0;
    let mut after = None;
    loop {
        let page = platform::list_tenants(&store.platform(), PageSize::MAX, Direction::Forward, after).await?;
        for client in &page.items {
            let place = place::resolve(platform::tenant_id(client.id), client.tier.isolation());
            if swept.insert(place) {
                removed += sweep_place(store, place, client.tier).await?;
            }
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(removed),
        }
    }
}

async fn sweep_place(store: &Store, place: Place, tier: Tier) -> Result<usize> {
    Ok(sweep_collection::<IdempotencyKey>(store, place, tier, Tenant::batch).await?
        + sweep_collection::<TypingIndicator>(store, place, tier, Tenant::ephemeral_batch).await?
        + sweep_collection::<Presence>(store, place, tier, Tenant::ephemeral_batch).await?)
}

async fn sweep_collection<C>(
    store: &Store,
    place: Place,
    tier: Tier,
    batch: fn(&Tenant) -> Batch<C::Place>,
) -> Result<usize>
where
    C: Collection<Place: Marker>,
    OfTenant: Reaches<C::Place>,
{
    let mut removed = 0;
    loop {
        let due = store.due::<C>(place, limit::SWEEP_BATCH).await?;
        let mut owned: BTreeMap<TenantId, Vec<Id<C>>> = BTreeMap::new();
        for (tenant, id) in &due {
            owned.entry(*tenant).or_default().push(*id);
        }
        for (tenant, ids) in owned {
            let tenant = store.tenant(tenant, tier.isolation());
            let mut writes = batch(&tenant);
            ids.into_iter().for_each(|id| writes.remove(id, false));
            tenant.commit(writes).await?;
        }
        removed += due.len();
        if due.len() < limit::SWEEP_BATCH {
            return Ok(removed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::idempotency::Attempt;
    use crate::world::World;

    #[tokio::test]
    async fn expired_documents_of_every_tier_go_and_the_others_stay() {
        let world = World::new();
        let note = async |tier: Tier, key: &str| {
            let tenant = world.company_of("Acme", tier).await.tenant;
            let attempt = Attempt::new(&world.vault, "user:1".to_owned(), key, &[]).unwrap();
            let mut batch = tenant.batch();
            attempt.record(&mut batch, 201, &[]);
            tenant.commit(batch).await.unwrap();
        };
        for &tier in Tier::ALL {
            note(tier, "old").await;
        }
        world.clock.advance(limit::signed(limit::IDEMPOTENCY_SECONDS) * 1_000 + 1);
        note(Tier::Free, "new").await;
        assert_eq!(sweep(&world.store).await.unwrap(), Tier::ALL.len());
        assert_eq!(sweep(&world.store).await.unwrap(), 0);
    }
}
