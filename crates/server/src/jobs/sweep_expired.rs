use base::{Result, limit};
use store::{Declaration, Durability, Partition, Store};

use super::for_each_partition;

/// Deletes the expired documents of every collection with an expiry. Reads
/// already exclude them.
pub async fn run(store: Store) -> Result<()> {
    let expiring = domain::catalogue()
        .into_iter()
        .filter(|declaration| declaration.expires.is_some());
    let (durable, ephemeral): (Vec<_>, Vec<_>) =
        expiring.partition(|declaration| declaration.durability == Durability::Durable);
    for declaration in ephemeral {
        // SQLite stores ephemeral collections in one file for all partitions.
        sweep(&store, Partition::Shared, declaration).await?;
    }
    let sweep_partition = async |partition: Partition, _| {
        for declaration in &durable {
            sweep(&store, partition.of(declaration.database), declaration).await?;
        }
        Ok(())
    };
    for_each_partition(&store, sweep_partition).await.map(drop)
}

async fn sweep(
    store: &Store,
    partition: Partition,
    declaration: &'static Declaration,
) -> Result<()> {
    while store
        .sweep(partition, declaration, limit::BATCH_WRITES)
        .await?
        == limit::BATCH_WRITES
    {}
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
    use crate::config::Config;
    use crate::data_dir::{DataDirState, acquire};
    use crate::open_store::open_store;
    use crate::services::Services;

    async fn services(clock: Arc<MockClock>, data_dir: &std::path::Path) -> Services {
        let mut config = Config::default();
        config.store.data_dir = data_dir.to_owned();
        let DataDirState::Locked(data_dir) = acquire(data_dir).await.unwrap() else {
            panic!("the directory is locked")
        };
        open_store(
            &config,
            Some(&data_dir),
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
    async fn expired_documents_of_every_tier_are_deleted() {
        let data_dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(MockClock::at(Timestamp::from_millis(1_769_860_800_000)));
        let services = services(clock.clone(), data_dir.path()).await;
        let mut tenants = Vec::new();
        for &tier in Tier::ALL {
            let new = NewTenant {
                name: "Acme".to_owned(),
                description: None,
                plan: None,
                tier,
            };
            let id = tenant_id(create_tenant(&services.store, new).await.unwrap().id);
            tenants.push((
                services.authenticator.tenant(id).await.unwrap(),
                resolve(id, tier.isolation()),
            ));
        }
        for (tenant, _) in &tenants {
            repeatable_request(tenant, "old").await;
        }
        clock.advance(limit::signed(limit::IDEMPOTENCY_SECONDS) * 1_000 + 1);
        repeatable_request(&tenants[0].0, "new").await;
        run(services.store.clone()).await.unwrap();
        for (_, partition) in &tenants {
            assert_eq!(
                services
                    .store
                    .expired::<IdempotencyKey>(*partition, 10)
                    .await
                    .unwrap(),
                [],
                "{partition}"
            );
        }
        clock.advance(limit::signed(limit::IDEMPOTENCY_SECONDS) * 1_000 + 1);
        assert_eq!(
            services
                .store
                .expired::<IdempotencyKey>(Partition::Shared, 10)
                .await
                .unwrap()
                .len(),
            1
        );
    }
}
