//! What runs beside requests.

mod ask_all;
mod by_tenant;
mod dispatch;
mod each_place;
mod erase;
mod every;
mod finish_provisioning;
mod in_steps;
mod outbox;
mod recount;
mod retain;
mod sweep_expired;

use std::time::Duration;

use store::Store;
use tokio::task::JoinSet;

use crate::listen::Phases;
use dispatch::dispatch;
use every::every;
use in_steps::in_steps;

pub use each_place::each_place;

/// The time between two rounds of the same job.
const PERIOD: Duration = Duration::from_mins(15);

/// The pause before a place is asked again that could not be, in milliseconds.
const PAUSE_MS: i64 = 1_000;

/// Starts the jobs; the answer ends when the stop has ended them all. The
/// sweep is for engines that do not forget expired documents by themselves.
pub async fn run(store: Store, sweep: bool, phases: Phases) {
    let mut jobs = JoinSet::new();
    let tenants = store.clone();
    let finish = move || finish_provisioning::run(tenants.clone());
    jobs.spawn(every("finish_provisioning", PERIOD, phases.clone(), finish));
    if dispatches() {
        jobs.spawn(dispatch(store.clone(), phases.clone(), outbox::carry_out));
        let counting = store.clone();
        let count = move |tenant, mark| recount::carry_out(counting.clone(), tenant, mark);
        jobs.spawn(dispatch(store.clone(), phases.clone(), count));
    }
    jobs.spawn(in_steps(store.clone(), phases.clone(), erase::erase));
    jobs.spawn(in_steps(store.clone(), phases.clone(), retain::retain));
    if sweep {
        jobs.spawn(every("sweep_expired", PERIOD, phases, move || {
            sweep_expired::run(store.clone())
        }));
    }
    while jobs.join_next().await.is_some() {}
}

#[cfg(feature = "planted")]
use crate::planted::dispatches;

/// A server does the work that is due.
#[cfg(not(feature = "planted"))]
const fn dispatches() -> bool {
    true
}
