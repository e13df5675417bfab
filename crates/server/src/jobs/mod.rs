//! Background jobs of the server.

mod audit_log;
mod dispatch;
mod partitions;
mod periodic;
mod step_runner;
mod sweep_expired;
mod tasks;

use std::time::Duration;

use base::limit;
use tokio::task::JoinSet;

use crate::fault_injection;
use crate::services::Services;
use crate::shutdown::Shutdown;
use dispatch::dispatch;
use periodic::periodic;
use step_runner::run_in_steps;

pub use partitions::for_each_partition;

/// Time between two runs of a periodic job, and between two scans of all partitions.
const PERIOD: Duration = Duration::from_mins(15);

/// Milliseconds before a partition that failed is tried again.
const RETRY_DELAY_MS: i64 = 1_000;

/// Runs all jobs until the shutdown has ended them. `sweep` is for engines
/// that do not expire documents themselves.
pub async fn run(services: Services, sweep: bool, shutdown: Shutdown) {
    let Services { store, media, .. } = services;
    let mut jobs = JoinSet::new();
    let tenants = store.clone();
    let complete = move || tasks::finish_provisioning(tenants.clone());
    jobs.spawn(periodic(
        "finish_provisioning",
        PERIOD,
        shutdown.clone(),
        complete,
    ));
    jobs.spawn(audit_log::run(store.clone(), shutdown.clone()));
    if !fault_injection::is_injected("dispatcher-stopped") {
        jobs.spawn(dispatch(
            store.clone(),
            shutdown.clone(),
            tasks::run_outbox_task,
        ));
        let analytics = store.clone();
        let recount = move |tenant, bucket| tasks::recount(analytics.clone(), tenant, bucket);
        jobs.spawn(dispatch(store.clone(), shutdown.clone(), recount));
    }
    let files = media.clone();
    let lease_erasure = move |tenant, id| tasks::lease_erasure(tenant, files.clone(), id);
    jobs.spawn(run_in_steps(
        store.clone(),
        shutdown.clone(),
        limit::ERASE_LEASE_SECONDS,
        lease_erasure,
    ));
    let lease_file = move |tenant, id| tasks::lease_file(tenant, media.clone(), id);
    jobs.spawn(run_in_steps(
        store.clone(),
        shutdown.clone(),
        limit::WORK_LEASE_SECONDS,
        lease_file,
    ));
    jobs.spawn(run_in_steps(
        store.clone(),
        shutdown.clone(),
        limit::ERASE_LEASE_SECONDS,
        tasks::lease_retention,
    ));
    if sweep {
        let sweep = move || sweep_expired::run(store.clone());
        jobs.spawn(periodic("sweep_expired", PERIOD, shutdown, sweep));
    }
    while jobs.join_next().await.is_some() {}
}
