//! Runner of long jobs in small steps, each under a lease.

use std::collections::{HashSet, VecDeque};
use std::error::Error as StdError;
use std::time::Duration;

use base::{Id, Result};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use store::{Collection, DueIndex, Partition, Store, TenantStore};
use tokio::time::{Instant, interval, sleep};

use super::partitions::schedule_all;
use super::{PERIOD, RETRY_DELAY_MS};
use crate::shutdown::{Shutdown, ShutdownPhase};

/// Steps that one process runs concurrently.
const MAX_CONCURRENT_STEPS: usize = 2;

/// Maximum number of jobs that are stepped in turn. Further due jobs wait.
const MAX_QUEUED: usize = 64;

/// Minimum delay between two steps of a job.
const MIN_STEP_DELAY: Duration = Duration::from_millis(1);

/// Leased job that runs in steps.
pub trait SteppedWork: Send {
    /// Runs the next step; returns whether more steps remain.
    fn step(&mut self) -> impl Future<Output = Result<bool>> + Send;
}

/// Runs the due jobs of one collection until the shutdown begins. Jobs of this
/// process start immediately, those of other processes after a scan each
/// [`PERIOD`], and those of a process that has crashed when its leases of
/// `lease_seconds` have expired. The jobs are stepped in turn, so that a long one does not delay
/// the others. An interrupted step is run again by the next holder of the lease.
pub async fn run_in_steps<C: Collection, W: SteppedWork, F: Future<Output = Result<Option<W>>>>(
    store: Store,
    shutdown: Shutdown,
    lease_seconds: usize,
    lease: impl Fn(TenantStore, Id<C>) -> F,
) {
    run_in_steps_at_once(store, shutdown, lease_seconds, MAX_CONCURRENT_STEPS, lease).await;
}

/// Runs the due jobs of one collection as [`run_in_steps`], with `at_once` concurrent steps.
pub async fn run_in_steps_at_once<
    C: Collection,
    W: SteppedWork,
    F: Future<Output = Result<Option<W>>>,
>(
    store: Store,
    mut shutdown: Shutdown,
    lease_seconds: usize,
    at_once: usize,
    lease: impl Fn(TenantStore, Id<C>) -> F,
) {
    let due_index = store.agenda::<C>();
    let mut scan = interval(PERIOD);
    let mut queue = StepQueue::new();
    let mut in_flight = FuturesUnordered::new();
    loop {
        while in_flight.len() < at_once
            && let Some(item) = queue.ready.pop_front()
        {
            in_flight.push(run_step(item, &lease));
        }
        tokio::select! {
            () = shutdown.reached(ShutdownPhase::Draining) => return,
            _ = scan.tick() => schedule_all::<C>(&store, &due_index, lease_seconds).await,
            partition = due_index.next(store.context()) => {
                if let Err(error) = queue.add_due(&store, partition).await {
                    retry_later::<C>(&store, &due_index, partition, &error);
                }
            }
            Some((item, more)) = in_flight.next() => match more {
                Ok(true) => queue.ready.push_back(item),
                Ok(false) => queue.end(&item, &store, &due_index),
                Err(error) => {
                    retry_later::<C>(&store, &due_index, item.partition, &error);
                    queue.end(&item, &store, &due_index);
                }
            },
        }
    }
}

fn retry_later<C: Collection>(
    store: &Store,
    due_index: &DueIndex,
    partition: Partition,
    error: &base::Error,
) {
    due_index.note(partition, store.context().now().plus_millis(RETRY_DELAY_MS));
    tracing::warn!(
        collection = C::DECLARATION.name,
        error = error as &dyn StdError,
        "failed to run a job, retrying later"
    );
}

/// Queued job, leased at its first step.
struct QueuedWork<C, W> {
    partition: Partition,
    tenant: TenantStore,
    id: Id<C>,
    work: Option<W>,
}

/// Jobs of this process in the order of their next step.
struct StepQueue<C, W> {
    ready: VecDeque<QueuedWork<C, W>>,
    /// Ids of all jobs, queued or running. Prevents that a job is queued twice if
    /// its lease expires before its step.
    ids: HashSet<Id<C>>,
    /// Partitions with more due jobs than the queue can hold.
    overflowing: HashSet<Partition>,
}

impl<C: Collection, W> StepQueue<C, W> {
    fn new() -> Self {
        Self {
            ready: VecDeque::new(),
            ids: HashSet::new(),
            overflowing: HashSet::new(),
        }
    }

    async fn add_due(&mut self, store: &Store, partition: Partition) -> Result<()> {
        // One more than may be queued already, so that at least one is new.
        for (tenant, id) in store.due::<C>(partition, MAX_QUEUED + 1).await? {
            if self.ids.contains(&id) {
                continue;
            }
            if self.ids.len() == MAX_QUEUED {
                self.overflowing.insert(partition);
                break;
            }
            self.ids.insert(id);
            let tenant = store.tenant(tenant, partition.isolation());
            self.ready.push_back(QueuedWork {
                partition,
                tenant,
                id,
                work: None,
            });
        }
        Ok(())
    }

    fn end(&mut self, item: &QueuedWork<C, W>, store: &Store, due_index: &DueIndex) {
        self.ids.remove(&item.id);
        self.overflowing
            .drain()
            .for_each(|partition| due_index.note(partition, store.context().now()));
    }
}

/// Runs a step and then pauses for the same time, so that requests get at least
/// half of the store's capacity.
async fn run_step<C, W: SteppedWork, F: Future<Output = Result<Option<W>>>>(
    mut item: QueuedWork<C, W>,
    lease: &impl Fn(TenantStore, Id<C>) -> F,
) -> (QueuedWork<C, W>, Result<bool>) {
    let started = Instant::now();
    let more = lease_and_step(&mut item, lease).await;
    if matches!(more, Ok(true)) {
        sleep(started.elapsed().max(MIN_STEP_DELAY)).await;
    }
    (item, more)
}

async fn lease_and_step<C, W: SteppedWork, F: Future<Output = Result<Option<W>>>>(
    item: &mut QueuedWork<C, W>,
    lease: &impl Fn(TenantStore, Id<C>) -> F,
) -> Result<bool> {
    if item.work.is_none() {
        item.work = lease(item.tenant.clone(), item.id).await?;
    }
    match &mut item.work {
        Some(work) => work.step().await,
        None => Ok(false),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use base::{Context, IdOrExternalId, limit};
    use domain::erasure::{Erasure, request};
    use domain::tenants::{NewTenant, Tier, create_tenant, tenant_id};
    use domain::users::{NewUser, UserChanges, upsert};
    use tokio::sync::watch;

    use super::*;
    use crate::config::Config;
    use crate::data_dir::{DataDirState, acquire};
    use crate::open_store::open_store;

    /// Job that does not finish before the last job has run a step.
    struct EndlessWork {
        is_last: bool,
        finished: Arc<watch::Sender<bool>>,
    }

    impl SteppedWork for EndlessWork {
        async fn step(&mut self) -> Result<bool> {
            if self.is_last {
                self.finished.send_replace(true);
            }
            Ok(!*self.finished.borrow())
        }
    }

    #[tokio::test]
    async fn endless_jobs_do_not_delay_later_jobs() {
        let data_dir = tempfile::tempdir().unwrap();
        let mut config = Config::default();
        config.store.data_dir = data_dir.path().to_owned();
        let DataDirState::Locked(claimed) = acquire(data_dir.path()).await.unwrap() else {
            panic!("the directory is locked")
        };
        let services = open_store(
            &config,
            Some(&claimed),
            Context::system(),
            limit::OPEN_FILES,
        )
        .await
        .unwrap();
        let new = NewTenant {
            name: "Acme".to_owned(),
            description: None,
            plan: None,
            tier: Tier::Free,
        };
        let id = tenant_id(create_tenant(&services.store, new).await.unwrap().id);
        let tenant = services.authenticator.tenant(id).await.unwrap();
        let mut last = None;
        for at in 0..MAX_CONCURRENT_STEPS + 2 {
            let external_id = format!("user-{at}").parse().unwrap();
            let user = upsert(
                &tenant,
                NewUser {
                    external_id,
                    changes: UserChanges::default(),
                },
            )
            .await
            .unwrap()
            .user;
            last = Some(
                request(&tenant, &IdOrExternalId::Id(user.id))
                    .await
                    .unwrap()
                    .id,
            );
        }
        let (finished, mut seen) = watch::channel(false);
        let finished = Arc::new(finished);
        let take = move |_, id: Id<Erasure>| {
            let work = EndlessWork {
                is_last: Some(id) == last,
                finished: Arc::clone(&finished),
            };
            async move { Ok(Some(work)) }
        };
        let (stop, shutdown) = Shutdown::channel();
        let job = tokio::spawn(run_in_steps(
            services.store.clone(),
            shutdown,
            limit::ERASE_LEASE_SECONDS,
            take,
        ));
        seen.wait_for(|finished| *finished).await.unwrap();
        stop.send_replace(ShutdownPhase::Draining);
        job.await.unwrap();
    }
}
