//! Erases users that are to be erased, in small steps.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use base::{Result, limit};
use domain::erasure::{Erasure, Run};
use futures_util::future::try_join_all;
use store::{Agenda, Place, Store};
use tokio::time::{Instant, interval, sleep};

use super::{PERIOD, each_place};
use crate::listen::{Phase, Phases};

/// Erasures that one process does at the same time.
const AT_ONCE: usize = 2;

/// The pause before a place is asked again that could not be, in milliseconds.
const PAUSE_MS: i64 = 1_000;

/// The shortest pause between two steps of one erasure.
const REST: Duration = Duration::from_millis(1);

/// Erases until the stop begins: at once what this process was asked for, and
/// after each [`PERIOD`] what others left behind.
pub async fn erase(store: Store, mut phases: Phases) {
    let agenda = store.agenda::<Erasure>();
    let mut ask = interval(PERIOD);
    loop {
        tokio::select! {
            () = phases.reached(Phase::Draining) => return,
            _ = ask.tick() => warn(ask_all(&store, &agenda).await),
            place = agenda.next(store.context()) => {
                let mut stop = phases.clone();
                // A step that is cut short is done again by whoever comes next.
                let worked = tokio::select! {
                    () = stop.reached(Phase::Draining) => return,
                    worked = work(&store, &agenda, place) => worked,
                };
                if worked.is_err() {
                    agenda.note(place, store.context().now().plus_millis(PAUSE_MS));
                }
                warn(worked);
            }
        }
    }
}

fn warn(outcome: Result<()>) {
    if let Err(failure) = outcome {
        tracing::warn!(job = "erase", error = &failure as &dyn Error, "a job failed");
    }
}

async fn ask_all(store: &Store, agenda: &Arc<Agenda>) -> Result<()> {
    let now = store.context().now();
    // What a server held when it died is due when its lease ends.
    let later = now.plus_millis(limit::signed(limit::ERASE_LEASE_SECONDS) * 1_000);
    let note = async |place, _| {
        agenda.note(place, now);
        agenda.note(place, later);
        Ok(())
    };
    each_place(store, note).await.map(drop)
}

async fn work(store: &Store, agenda: &Agenda, place: Place) -> Result<()> {
    let due = store.due::<Erasure>(place, AT_ONCE).await?;
    if due.len() == AT_ONCE {
        agenda.note(place, store.context().now());
    }
    let runs = due.into_iter().map(async |(tenant, id)| {
        match Run::take(&store.tenant(tenant, place.isolation()), id).await? {
            Some(run) => finish(run).await,
            None => Ok(()),
        }
    });
    try_join_all(runs).await.map(drop)
}

/// Rests as long as it works, so that others have at least half of the store.
async fn finish(mut run: Run) -> Result<()> {
    loop {
        let begun = Instant::now();
        if !run.step().await? {
            return Ok(());
        }
        sleep(begun.elapsed().max(REST)).await;
    }
}
