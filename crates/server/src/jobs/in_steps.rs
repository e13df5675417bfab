//! Long work that is done in small steps, each under a lease.

use std::error::Error;
use std::time::Duration;

use base::{Id, Result, limit};
use futures_util::future::try_join_all;
use metrics::counter;
use store::{Agenda, Collection, Place, Store, Tenant};
use tokio::time::{Instant, interval, sleep};

use super::ask_all::ask_all;
use super::{PAUSE_MS, PERIOD};
use crate::listen::{Phase, Phases};

/// Pieces of work that one process does at the same time.
const AT_ONCE: usize = 2;

/// The shortest pause between two steps.
const REST: Duration = Duration::from_millis(1);

/// Does the due work of one collection until the stop begins: at once what
/// this process wrote, and after each [`PERIOD`] what others left behind.
pub async fn in_steps<C: Collection, F: Future<Output = Result<()>>>(
    store: Store,
    mut phases: Phases,
    work: impl Fn(Tenant, Id<C>) -> F,
) {
    let agenda = store.agenda::<C>();
    let mut ask = interval(PERIOD);
    loop {
        tokio::select! {
            () = phases.reached(Phase::Draining) => return,
            _ = ask.tick() => ask_all::<C>(&store, &agenda, limit::ERASE_LEASE_SECONDS).await,
            place = agenda.next(store.context()) => {
                let mut stop = phases.clone();
                // A step that is cut short is done again by whoever comes next.
                let worked = tokio::select! {
                    () = stop.reached(Phase::Draining) => return,
                    worked = round(&store, &agenda, place, &work) => worked,
                };
                if let Err(failure) = worked {
                    counter!("caas_work_failed_total", "collection" => C::DECLARATION.name).increment(1);
                    agenda.note(place, store.context().now().plus_millis(PAUSE_MS));
                    tracing::warn!(collection = C::DECLARATION.name, error = &failure as &dyn Error, "work waits");
                }
            }
        }
    }
}

async fn round<C: Collection, F: Future<Output = Result<()>>>(
    store: &Store,
    agenda: &Agenda,
    place: Place,
    work: &impl Fn(Tenant, Id<C>) -> F,
) -> Result<()> {
    let due = store.due::<C>(place, AT_ONCE).await?;
    if due.len() == AT_ONCE {
        agenda.note(place, store.context().now());
    }
    let pieces = due.into_iter().map(|(tenant, id)| work(store.tenant(tenant, place.isolation()), id));
    try_join_all(pieces).await.map(drop)
}

/// Work that somebody has taken.
pub trait Steps: Send {
    /// Does the next bounded part; says whether there is more.
    fn step(&mut self) -> impl Future<Output = Result<bool>> + Send;
}

/// Takes steps until there is none left. Rests as long as it works, so that
/// others have at least half of the store.
pub async fn step_by_step(mut work: impl Steps) -> Result<()> {
    loop {
        let begun = Instant::now();
        if !work.step().await? {
            return Ok(());
        }
        sleep(begun.elapsed().max(REST)).await;
    }
}
