//! Dispatcher of due tasks.

use std::collections::HashSet;
use std::error::Error as StdError;
use std::time::Duration;

use base::{Error, ErrorCode, Result, limit};
use domain::leases::{Leased, Work, complete, lease, reschedule};
use futures_util::StreamExt as _;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use metrics::counter;
use store::{DueIndex, OfTenant, Partition, Reaches, Store, TenantStore};
use tokio::time::{interval, timeout};

use super::partitions::{group_by_tenant, schedule_all};
use super::{PERIOD, RETRY_DELAY_MS};
use crate::shutdown::{Shutdown, ShutdownPhase};

/// Partitions processed concurrently.
const MAX_CONCURRENT_PARTITIONS: usize = 16;

/// Timeout of a task: half of its lease, so that two servers rarely run the same
/// task.
const WORK_TIMEOUT: Duration = Duration::from_secs(limit::WORK_LEASE_SECONDS as u64 / 2);

/// Runs the due tasks of one collection until the shutdown begins. A partition is
/// processed immediately if this process wrote a task to it. All partitions are
/// scanned at the start and after each [`PERIOD`], for tasks of other processes.
pub async fn dispatch<W: Work, F: Future<Output = Result<()>>>(
    store: Store,
    mut shutdown: Shutdown,
    work: impl Fn(TenantStore, Leased<W>) -> F,
) where
    OfTenant: Reaches<W::Partition>,
{
    let due_index = store.agenda::<W>();
    let mut scan = interval(PERIOD);
    let mut in_flight = FuturesUnordered::new();
    // Two concurrent runs on one partition would compete for the same leases.
    let mut active = HashSet::new();
    let mut pending = HashSet::new();
    loop {
        tokio::select! {
            () = shutdown.reached(ShutdownPhase::Draining) => break,
            _ = scan.tick() => schedule_all::<W>(&store, &due_index, limit::WORK_LEASE_SECONDS).await,
            partition = due_index.next(store.context()), if in_flight.len() < MAX_CONCURRENT_PARTITIONS => {
                if active.insert(partition) {
                    in_flight.push(process_partition(&store, &due_index, partition, &work));
                } else {
                    pending.insert(partition);
                }
            }
            Some(partition) = in_flight.next() => {
                if pending.remove(&partition) {
                    in_flight.push(process_partition(&store, &due_index, partition, &work));
                } else {
                    active.remove(&partition);
                }
            }
        }
    }
    while in_flight.next().await.is_some() {}
}

/// Runs the due tasks of a partition, at most [`limit::WORK_RUN`] at a time. An
/// error of one tenant does not delay other tenants.
async fn process_partition<W: Work, F: Future<Output = Result<()>>>(
    store: &Store,
    due_index: &DueIndex,
    partition: Partition,
    work: &impl Fn(TenantStore, Leased<W>) -> F,
) -> Partition
where
    OfTenant: Reaches<W::Partition>,
{
    let retry_later = |error: Error| {
        let error = &error as &dyn StdError;
        tracing::warn!(%partition, collection = W::DECLARATION.name, error, "failed to process due tasks, retrying later");
        due_index.note(partition, store.context().now().plus_millis(RETRY_DELAY_MS));
    };
    let due = match store.due::<W>(partition, limit::WORK_RUN).await {
        Ok(due) => due,
        Err(error) => {
            retry_later(error.into());
            return partition;
        }
    };
    if due.len() == limit::WORK_RUN {
        due_index.note(partition, store.context().now());
    }
    let tenants = group_by_tenant(due).into_iter().map(async |(tenant, ids)| {
        let tenant = store.tenant(tenant, partition.isolation());
        if let Err(error) = process_tenant(&tenant, &ids, work).await {
            retry_later(error);
        }
    });
    join_all(tenants).await;
    partition
}

async fn process_tenant<W: Work, F: Future<Output = Result<()>>>(
    tenant: &TenantStore,
    ids: &[base::Id<W>],
    work: &impl Fn(TenantStore, Leased<W>) -> F,
) -> Result<()>
where
    OfTenant: Reaches<W::Partition>,
{
    let leased = lease(tenant, ids).await?;
    let done = leased
        .into_iter()
        .map(|leased| run_task(tenant, leased, work));
    complete(tenant, join_all(done).await.into_iter().flatten()).await
}

/// Runs one task; returns its id if it succeeded.
async fn run_task<W: Work, F: Future<Output = Result<()>>>(
    tenant: &TenantStore,
    leased: Leased<W>,
    work: &impl Fn(TenantStore, Leased<W>) -> F,
) -> Option<base::Id<W>>
where
    OfTenant: Reaches<W::Partition>,
{
    let outcome = timeout(WORK_TIMEOUT, work(tenant.clone(), leased.clone())).await;
    let error = match outcome {
        Ok(Ok(())) => {
            counter!("caas_work_done_total", "collection" => W::DECLARATION.name).increment(1);
            return Some(leased.id);
        }
        Ok(Err(error)) => error,
        Err(_) => Error::new(ErrorCode::Unavailable, "The task timed out."),
    };
    let collection = W::DECLARATION.name;
    let id = leased.id;
    let attempts = leased.attempts;
    match reschedule(tenant, &leased).await {
        Ok(true) => {
            counter!("caas_work_given_up_total", "collection" => collection).increment(1);
            tracing::error!(tenant = %tenant.id(), collection, %id, error = &error as &dyn StdError, "task failed permanently");
        }
        Ok(false) => {
            counter!("caas_work_failed_total", "collection" => collection).increment(1);
            tracing::warn!(tenant = %tenant.id(), collection, %id, attempts, error = &error as &dyn StdError, "task failed, retrying later");
        }
        Err(error) => {
            tracing::warn!(collection, %id, error = &error as &dyn StdError, "failed to reschedule the task");
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use base::{Clock, Context, ExternalId, MockClock, OsEntropy, TenantId, Timestamp};
    use domain::outbox::{Outbox, put};
    use domain::user_log::{Tell, UserEvent};
    use domain::users::{NewUser, UserChanges, upsert};
    use metrics_exporter_prometheus::PrometheusBuilder;
    use store::Isolation;
    use store_sqlite::{Options, SqliteEngine};

    use super::*;

    #[tokio::test]
    async fn outcomes_of_tasks_are_counted() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let page = recorder.handle();
        let _counting = metrics::set_default_local_recorder(&recorder);
        let data_dir = tempfile::tempdir().unwrap();
        let options = Options {
            data_dir: data_dir.path().to_owned(),
            catalogue: domain::catalogue(),
            open_files: 8,
        };
        let clock = Arc::new(MockClock::at(Timestamp::from_millis(1_769_850_000_000)));
        let context = Context::new(
            Arc::<MockClock>::clone(&clock) as Arc<dyn Clock>,
            Arc::new(OsEntropy),
        );
        let store = Store::new(SqliteEngine::open(options).unwrap(), context.clone());
        let tenant = store.tenant(TenantId::new(context.new_object_id()), Isolation::Shared);
        let failing = task(&tenant, "ada").await;
        let fine = task(&tenant, "bob").await;
        let work = async |_, leased: Leased<Outbox>| match leased.id {
            id if id == failing => Err(Error::new(ErrorCode::Unavailable, "not today")),
            _ => Ok(()),
        };
        for _ in 0..limit::WORK_ATTEMPTS {
            process_tenant(&tenant, &[failing, fine], &work)
                .await
                .unwrap();
            clock.advance(limit::signed(limit::WORK_PAUSE_SECONDS) * 1_000);
        }
        let page = page.render();
        for (what, times) in [
            ("done", 1),
            ("failed", limit::WORK_ATTEMPTS - 1),
            ("given_up", 1),
        ] {
            let line = format!("caas_work_{what}_total{{collection=\"outbox\"}} {times}\n");
            assert!(page.contains(&line), "{line} in {page}");
        }
    }

    async fn task(tenant: &TenantStore, name: &str) -> base::Id<Outbox> {
        let external_id: ExternalId = name.parse().unwrap();
        let user_id = upsert(
            tenant,
            NewUser {
                external_id,
                changes: UserChanges::default(),
            },
        )
        .await
        .unwrap()
        .user
        .id;
        let mut batch = tenant.batch();
        let id = put(
            &mut batch,
            &Tell {
                user_id,
                event: UserEvent::ProfileUpdated { version: 1 },
            },
        );
        tenant.commit(batch).await.unwrap();
        id
    }
}
