//! Does work as it becomes due.

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

use super::ask_all::ask_all;
use super::by_tenant::by_tenant;
use super::{PAUSE_MS, PERIOD};
use crate::listen::{Phase, Phases};

/// Places in which this process works at the same time.
const PLACES: usize = 16;

/// How long one piece of work may take: within its lease, so that two servers
/// rarely do the same.
const PATIENCE: Duration = Duration::from_secs(limit::WORK_LEASE_SECONDS as u64 / 2);

/// Does the due work of one collection until the stop begins: of a place at
/// once where this process wrote work, of all places at the start and after
/// each [`PERIOD`], for what other processes left behind.
pub async fn dispatch<W: Work, F: Future<Output = Result<()>>>(
    store: Store,
    mut phases: Phases,
    work: impl Fn(TenantStore, Leased<W>) -> F,
) where
    OfTenant: Reaches<W::Partition>,
{
    let agenda = store.agenda::<W>();
    let mut ask = interval(PERIOD);
    let mut rounds = FuturesUnordered::new();
    // Two rounds of one place would only take the same leases from each other.
    let mut busy = HashSet::new();
    let mut again = HashSet::new();
    loop {
        tokio::select! {
            () = phases.reached(Phase::Draining) => break,
            _ = ask.tick() => ask_all::<W>(&store, &agenda, limit::WORK_LEASE_SECONDS).await,
            place = agenda.next(store.context()), if rounds.len() < PLACES => {
                if busy.insert(place) {
                    rounds.push(round(&store, &agenda, place, &work));
                } else {
                    again.insert(place);
                }
            }
            Some(place) = rounds.next() => {
                if again.remove(&place) {
                    rounds.push(round(&store, &agenda, place, &work));
                } else {
                    busy.remove(&place);
                }
            }
        }
    }
    while rounds.next().await.is_some() {}
}

/// Does what is due in a place, at most [`limit::WORK_RUN`] at a time. What
/// fails for one tenant keeps nobody else waiting.
async fn round<W: Work, F: Future<Output = Result<()>>>(
    store: &Store,
    agenda: &DueIndex,
    place: Partition,
    work: &impl Fn(TenantStore, Leased<W>) -> F,
) -> Partition
where
    OfTenant: Reaches<W::Partition>,
{
    let waits = |failure: Error| {
        let error = &failure as &dyn StdError;
        tracing::warn!(%place, collection = W::DECLARATION.name, error, "work waits");
        agenda.note(place, store.context().now().plus_millis(PAUSE_MS));
    };
    let due = match store.due::<W>(place, limit::WORK_RUN).await {
        Ok(due) => due,
        Err(error) => {
            waits(error.into());
            return place;
        }
    };
    if due.len() == limit::WORK_RUN {
        agenda.note(place, store.context().now());
    }
    let tenants = by_tenant(due).into_iter().map(async |(tenant, ids)| {
        let tenant = store.tenant(tenant, place.isolation());
        if let Err(failure) = of_tenant(&tenant, &ids, work).await {
            waits(failure);
        }
    });
    join_all(tenants).await;
    place
}

async fn of_tenant<W: Work, F: Future<Output = Result<()>>>(
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
        .map(|leased| attempt(tenant, leased, work));
    complete(tenant, join_all(done).await.into_iter().flatten()).await
}

/// Does one piece of work; answers its id when it is done.
async fn attempt<W: Work, F: Future<Output = Result<()>>>(
    tenant: &TenantStore,
    leased: Leased<W>,
    work: &impl Fn(TenantStore, Leased<W>) -> F,
) -> Option<base::Id<W>>
where
    OfTenant: Reaches<W::Partition>,
{
    let outcome = timeout(PATIENCE, work(tenant.clone(), leased.clone())).await;
    let failure = match outcome {
        Ok(Ok(())) => {
            counter!("caas_work_done_total", "collection" => W::DECLARATION.name).increment(1);
            return Some(leased.id);
        }
        Ok(Err(failure)) => failure,
        Err(_) => Error::new(ErrorCode::Unavailable, "It took too long."),
    };
    let collection = W::DECLARATION.name;
    let id = leased.id;
    let attempts = leased.attempts;
    match reschedule(tenant, &leased).await {
        Ok(true) => {
            counter!("caas_work_given_up_total", "collection" => collection).increment(1);
            tracing::error!(tenant = %tenant.id(), collection, %id, error = &failure as &dyn StdError, "work was given up");
        }
        Ok(false) => {
            counter!("caas_work_failed_total", "collection" => collection).increment(1);
            tracing::warn!(tenant = %tenant.id(), collection, %id, attempts, error = &failure as &dyn StdError, "work failed");
        }
        Err(failure) => {
            tracing::warn!(collection, %id, error = &failure as &dyn StdError, "work could not be put off");
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

    /// Work that fails until it is given up, and other work that is done.
    #[tokio::test]
    async fn what_becomes_of_work_is_counted() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let page = recorder.handle();
        let _counting = metrics::set_default_local_recorder(&recorder);
        let folder = tempfile::tempdir().unwrap();
        let options = Options {
            data_dir: folder.path().to_owned(),
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
            of_tenant(&tenant, &[failing, fine], &work).await.unwrap();
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
