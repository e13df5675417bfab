//! Does work as it becomes due.

use std::collections::HashSet;
use std::error::Error;
use std::time::Duration;

use base::{Code, Failure, Result, limit};
use domain::work::{Leased, Work, finish, put_off, take};
use futures_util::StreamExt as _;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use store::{Agenda, OfTenant, Place, Reaches, Store, Tenant};
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
    work: impl Fn(Tenant, Leased<W>) -> F,
) where
    OfTenant: Reaches<W::Place>,
{
    let agenda = store.agenda::<W>();
    let mut ask = interval(PERIOD);
    let mut rounds = FuturesUnordered::new();
    // Two rounds of one place would only take the same leases from each other.
    let (mut busy, mut again) = (HashSet::new(), HashSet::new());
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
    agenda: &Agenda,
    place: Place,
    work: &impl Fn(Tenant, Leased<W>) -> F,
) -> Place
where
    OfTenant: Reaches<W::Place>,
{
    let waits = |failure: Failure| {
        let error = &failure as &dyn Error;
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
    tenant: &Tenant,
    ids: &[base::Id<W>],
    work: &impl Fn(Tenant, Leased<W>) -> F,
) -> Result<()>
where
    OfTenant: Reaches<W::Place>,
{
    let leased = take(tenant, ids).await?;
    let done = leased.into_iter().map(|leased| attempt(tenant, leased, work));
    finish(tenant, join_all(done).await.into_iter().flatten()).await
}

/// Does one piece of work; answers its id when it is done.
async fn attempt<W: Work, F: Future<Output = Result<()>>>(
    tenant: &Tenant,
    leased: Leased<W>,
    work: &impl Fn(Tenant, Leased<W>) -> F,
) -> Option<base::Id<W>>
where
    OfTenant: Reaches<W::Place>,
{
    let outcome = timeout(PATIENCE, work(tenant.clone(), leased.clone())).await;
    let failure = match outcome {
        Ok(Ok(())) => return Some(leased.id),
        Ok(Err(failure)) => failure,
        Err(_) => Failure::new(Code::Unavailable, "It took too long."),
    };
    let (collection, id, attempts) = (W::DECLARATION.name, leased.id, leased.attempts);
    match put_off(tenant, &leased).await {
        Ok(true) => {
            tracing::error!(tenant = %tenant.id(), collection, %id, error = &failure as &dyn Error, "work was given up");
        }
        Ok(false) => {
            tracing::warn!(tenant = %tenant.id(), collection, %id, attempts, error = &failure as &dyn Error, "work failed");
        }
        Err(failure) => tracing::warn!(collection, %id, error = &failure as &dyn Error, "work could not be put off"),
    }
    None
}
