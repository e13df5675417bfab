use base::{Result, limit};
use store::{Declaration, Durability, Partition, Store};

use super::each_place;

/// Removes the expired documents of every collection that declares an expiry,
/// which reads have left out since they expired.
pub async fn run(store: Store) -> Result<()> {
    let expiring = domain::catalogue()
        .into_iter()
        .filter(|declaration| declaration.expires.is_some());
    let (lasting, fleeting): (Vec<_>, Vec<_>) =
        expiring.partition(|declaration| declaration.durability == Durability::Durable);
    for declaration in fleeting {
        // The embedded engine keeps what is ephemeral in one file for all places.
        sweep(&store, Partition::Shared, declaration).await?;
    }
    let durable = async |place: Partition, _| {
        for declaration in &lasting {
            sweep(&store, place.of(declaration.database), declaration).await?;
        }
        Ok(())
    };
    each_place(&store, durable).await.map(drop)
}

async fn sweep(store: &Store, place: Partition, declaration: &'static Declaration) -> Result<()> {
    while store.sweep(place, declaration, limit::BATCH_WRITES).await? == limit::BATCH_WRITES {}
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use base::{Context, MockClock, SeededEntropy, Timestamp};
    use domain::idempotency::{Attempt, IdempotencyKey};
    use domain::tenants::{NewTenant, Tier, create_tenant, tenant_id};
    use store::TenantStore;
    use store::partition::resolve;

    use super::*;
    use crate::command::Desk;
    use crate::config::Config;
    use crate::folder::{Claim, claim};
    use crate::opened::open;

    async fn desk(clock: Arc<MockClock>, folder: &std::path::Path) -> Desk {
        let mut config = Config::default();
        config.store.data_dir = folder.to_owned();
        let Claim::Ours(folder) = claim(folder).await.unwrap() else {
            panic!("the folder is ours")
        };
        open(
            &config,
            Some(&folder),
            Context::new(clock, Arc::new(SeededEntropy::new(1))),
            limit::OPEN_FILES,
        )
        .await
        .unwrap()
    }

    async fn repeatable_request(tenant: &TenantStore, key: &str) {
        let attempt = Attempt::new("user:1".to_owned(), key, String::new()).unwrap();
        let mut batch = tenant.batch();
        attempt.record(&mut batch, 201, &[]);
        tenant.commit(batch).await.unwrap();
    }

    #[tokio::test]
    async fn expired_documents_of_every_tier_go_and_the_others_stay() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(MockClock::at(Timestamp::from_millis(1_769_860_800_000)));
        let desk = desk(clock.clone(), folder.path()).await;
        let mut tenants = Vec::new();
        for &tier in Tier::ALL {
            let new = NewTenant {
                name: "Acme".to_owned(),
                description: None,
                plan: None,
                tier,
            };
            let id = tenant_id(create_tenant(&desk.store, new).await.unwrap().id);
            tenants.push((
                desk.door.tenant(id).await.unwrap(),
                resolve(id, tier.isolation()),
            ));
        }
        for (tenant, _) in &tenants {
            repeatable_request(tenant, "old").await;
        }
        clock.advance(limit::signed(limit::IDEMPOTENCY_SECONDS) * 1_000 + 1);
        repeatable_request(&tenants[0].0, "new").await;
        run(desk.store.clone()).await.unwrap();
        for (_, place) in &tenants {
            assert_eq!(
                desk.store
                    .expired::<IdempotencyKey>(*place, 10)
                    .await
                    .unwrap(),
                [],
                "{place}"
            );
        }
        clock.advance(limit::signed(limit::IDEMPOTENCY_SECONDS) * 1_000 + 1);
        assert_eq!(
            desk.store
                .expired::<IdempotencyKey>(Partition::Shared, 10)
                .await
                .unwrap()
                .len(),
            1
        );
    }
}
