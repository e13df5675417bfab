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
use step_runner::{run_in_steps, run_in_steps_at_once};

pub use partitions::for_each_partition;

/// Time between two runs of a periodic job, and between two scans of all partitions.
const PERIOD: Duration = Duration::from_mins(15);

/// Webhook events processed, and messages sent to platforms, concurrently.
const INTEGRATION_STEPS: usize = 16;

/// Milliseconds before a partition that failed is tried again.
const RETRY_DELAY_MS: i64 = 1_000;

/// Runs all jobs until the shutdown has ended them. `sweep` is for engines
/// that do not expire documents themselves.
pub async fn run(services: Services, sweep: bool, shutdown: Shutdown) {
    let Services { store, media, .. } = services.clone();
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
        let all = services.clone();
        let run_task = move |tenant, task| tasks::run_outbox_task(all.clone(), tenant, task);
        jobs.spawn(dispatch(store.clone(), shutdown.clone(), run_task));
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
    run_integrations(&mut jobs, &services, &shutdown);
    if sweep {
        let sweep = move || sweep_expired::run(store.clone());
        jobs.spawn(periodic("sweep_expired", PERIOD, shutdown, sweep));
    }
    while jobs.join_next().await.is_some() {}
}

/// Starts the jobs of integrations: they process webhook events and send messages.
fn run_integrations(jobs: &mut JoinSet<()>, services: &Services, shutdown: &Shutdown) {
    let context = services.clone();
    let lease_event = move |tenant, id| tasks::lease_webhook_event(context.clone(), tenant, id);
    jobs.spawn(run_in_steps_at_once(
        services.store.clone(),
        shutdown.clone(),
        limit::WORK_LEASE_SECONDS,
        INTEGRATION_STEPS,
        lease_event,
    ));
    let context = services.clone();
    let lease_message =
        move |tenant, id| tasks::lease_outbound_message(context.clone(), tenant, id);
    jobs.spawn(run_in_steps_at_once(
        services.store.clone(),
        shutdown.clone(),
        limit::WORK_LEASE_SECONDS,
        INTEGRATION_STEPS,
        lease_message,
    ));
    jobs.spawn(run_in_steps(
        services.store.clone(),
        shutdown.clone(),
        limit::WORK_LEASE_SECONDS,
        tasks::wake_ticket,
    ));
}
