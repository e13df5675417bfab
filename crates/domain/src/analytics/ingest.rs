use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use base::{Error, ErrorCode, Result, limit};
use store::{CommitError, Counter, TenantStore};

use super::NewEvent;
use super::active_users::subjects;
use super::collections::{Event, Granularity};
use super::queue::Queue;
use crate::actor::Actor;
use crate::users::{living, not_found};

/// Times that events are written while others write the same ones.
const TRIES: usize = 5;

/// Where a process takes events in: a queue of its own, which refuses what it
/// cannot hold instead of letting it wait in the way of messages. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct EventIngest(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    queue: Queue,
    counters: IngestCounters,
}

/// What a process took in since its start.
#[derive(Debug, Default)]
pub struct IngestCounters {
    /// Events that were written.
    pub taken: Counter,
    /// Events that were known already.
    pub known: Counter,
    /// Events that were refused because too many waited.
    pub refused: Counter,
}

/// What became of a request's events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IngestResult {
    /// Events that stand now and did not before.
    pub new: usize,
    /// Events that stood already: their ids were told before.
    pub known: usize,
}

impl EventIngest {
    /// What was taken in.
    #[must_use]
    pub fn counters(&self) -> &IngestCounters {
        &self.0.counters
    }

    /// Takes events in, each once however often it is told: all of them or,
    /// when one is wrong, none. Answers once they stand. A server tells of any
    /// user or of none, a user of their own; the ids of each are their own.
    ///
    /// # Errors
    /// 400 with pointers such as `/3/name`, 404 `user_not_found`, 403 for
    /// another user's, 429 `rate_limited` when too many wait, 503.
    pub async fn take(
        &self,
        tenant: &TenantStore,
        actor: Actor,
        events: Vec<NewEvent>,
    ) -> Result<IngestResult> {
        if events.is_empty() || events.len() > limit::EVENT_BATCH {
            return Err(Error::invalid(
                "",
                format!("must have 1 to {} entries", limit::EVENT_BATCH),
            ));
        }
        let places = self.0.queue.enter(tenant.id(), events.len());
        let places = places.inspect_err(|_| self.0.counters.refused.add(events.len() as u64))?;
        let users = subjects(tenant, actor, &events).await?;
        let teller = teller(actor);
        let now = tenant.context().now();
        let mut checked = Vec::with_capacity(events.len());
        for (at, (event, user)) in events.into_iter().zip(users).enumerate() {
            checked.push(
                event
                    .checked(teller.clone(), user, now)
                    .map_err(|failure| failure.within(&format!("/{at}")))?,
            );
        }
        let mut taken = IngestResult { new: 0, known: 0 };
        for run in checked.chunks(limit::EVENT_RUN) {
            let _turn = places.turn().await?;
            let new = write(tenant, &teller, run).await?;
            taken.new += new;
            taken.known += run.len() - new;
            self.0.counters.taken.add(new as u64);
            self.0.counters.known.add((run.len() - new) as u64);
        }
        Ok(taken)
    }
}

/// Within whose ids an event is told: nobody meets those of others.
fn teller(actor: Actor) -> String {
    match actor {
        Actor::Server => "server".to_owned(),
        Actor::User(user) => user.to_string(),
    }
}

/// Writes what is not there yet, with the marks of its hours, and says how many that were.
async fn write(tenant: &TenantStore, teller: &str, run: &[Event]) -> Result<usize> {
    let mut error = None;
    for _ in 0..TRIES {
        let ids = run.iter().map(|event| event.event_id.clone());
        let told = Event::by_event_id
            .eq(Event::teller, teller.to_owned())
            .one_of(Event::event_id, ids);
        let known = tenant.list(told.limit(run.len())).await?;
        let mut known: HashSet<&str> = known
            .items
            .iter()
            .map(|event| event.event_id.as_str())
            .collect();
        let new: Vec<&Event> = run
            .iter()
            .filter(|event| known.insert(&event.event_id))
            .collect();
        all_living(tenant, &new).await?;
        let mut batch = tenant.batch_with::<Event>();
        new.iter()
            .for_each(|event| drop(batch.insert((*event).clone())));
        let hours: BTreeSet<_> = new
            .iter()
            .map(|event| Granularity::Hour.around(event.timestamp))
            .collect();
        hours.into_iter().for_each(|hour| hour.mark(&mut batch));
        match tenant.commit(batch).await {
            Ok(()) => return Ok(new.len()),
            // Another told one of them meanwhile.
            Err(conflict @ CommitError::Conflict { .. }) => error = Some(conflict),
            Err(error) => return Err(error.into()),
        }
    }
    Err(error.map_or_else(
        || Error::new(ErrorCode::Unavailable, "The events could not be written."),
        Into::into,
    ))
}

/// Of a user who was erased while their events waited, nothing is written any more.
async fn all_living(tenant: &TenantStore, events: &[&Event]) -> Result<()> {
    let users: BTreeSet<_> = events.iter().filter_map(|event| event.user_id).collect();
    let users: Vec<_> = users.into_iter().collect();
    if living(tenant, &users).await?.len() < users.len() {
        Err(not_found())
    } else {
        Ok(())
    }
}
