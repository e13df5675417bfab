use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use base::{Error, ErrorCode, Result, limit};
use store::{CommitError, Counter, TenantStore};

use super::NewEvent;
use super::active_users::subjects;
use super::collections::{Event, Granularity};
use super::queue::Queue;
use crate::actor::Actor;
use crate::users::{existing_users, not_found};

/// Attempts of a write that conflicts with concurrent writes of the same events.
const MAX_ATTEMPTS: usize = 5;

/// Ingest of analytics events, with its own bounded queue: excess events are rejected instead of
/// delaying messages. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct EventIngest(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    queue: Queue,
    counters: IngestCounters,
}

/// Ingest counters of a process.
#[derive(Debug, Default)]
pub struct IngestCounters {
    /// Events that were written.
    pub taken: Counter,
    /// Events that were already recorded.
    pub known: Counter,
    /// Events that were rejected because the queue was full.
    pub refused: Counter,
}

/// Result of an ingest request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IngestResult {
    /// Events that were recorded.
    pub new: usize,
    /// Events that were already recorded.
    pub known: usize,
}

impl EventIngest {
    /// Returns the counters.
    #[must_use]
    pub fn counters(&self) -> &IngestCounters {
        &self.0.counters
    }

    /// Records events atomically, each once even if it is sent repeatedly. Returns after they are
    /// committed. A server may record events of any user or of none, a user only their own. Event
    /// ids are scoped to the source.
    ///
    /// # Errors
    /// 400 with pointers such as `/3/name`, 404 `user_not_found`, 403 for another user's events,
    /// 429 `rate_limited` if the queue is full, 503.
    pub async fn ingest(
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
        let places = self.0.queue.reserve(tenant.id(), events.len());
        let places = places.inspect_err(|_| self.0.counters.refused.add(events.len() as u64))?;
        let users = subjects(tenant, actor, &events).await?;
        let source = source(actor);
        let now = tenant.context().now();
        let mut validated = Vec::with_capacity(events.len());
        for (at, (event, user)) in events.into_iter().zip(users).enumerate() {
            validated.push(
                event
                    .validated(source.clone(), user, now)
                    .map_err(|failure| failure.within(&format!("/{at}")))?,
            );
        }
        let mut taken = IngestResult { new: 0, known: 0 };
        for batch_events in validated.chunks(limit::EVENT_RUN) {
            let _turn = places.acquire_writer().await?;
            let new = write(tenant, &source, batch_events).await?;
            taken.new += new;
            taken.known += batch_events.len() - new;
            self.0.counters.taken.add(new as u64);
            self.0.counters.known.add((batch_events.len() - new) as u64);
        }
        Ok(taken)
    }
}

/// Returns the source of an actor's events, which scopes their ids.
fn source(actor: Actor) -> String {
    match actor {
        Actor::Server => "server".to_owned(),
        Actor::User(user) => user.to_string(),
    }
}

/// Writes the events that are not stored yet with recount markers for their hours. Returns their
/// number.
async fn write(tenant: &TenantStore, source: &str, batch_events: &[Event]) -> Result<usize> {
    let mut error = None;
    for _ in 0..MAX_ATTEMPTS {
        let ids = batch_events.iter().map(|event| event.event_id.clone());
        let stored = Event::by_event_id
            .eq(Event::teller, source.to_owned())
            .one_of(Event::event_id, ids);
        let known = tenant.list(stored.limit(batch_events.len())).await?;
        let mut known: HashSet<&str> = known
            .items
            .iter()
            .map(|event| event.event_id.as_str())
            .collect();
        let new: Vec<&Event> = batch_events
            .iter()
            .filter(|event| known.insert(&event.event_id))
            .collect();
        check_existing(tenant, &new).await?;
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
            // A concurrent request recorded one of them.
            Err(conflict @ CommitError::Conflict { .. }) => error = Some(conflict),
            Err(error) => return Err(error.into()),
        }
    }
    Err(error.map_or_else(
        || Error::new(ErrorCode::Unavailable, "The events could not be written."),
        Into::into,
    ))
}

/// Fails if a user was erased while their events were queued.
async fn check_existing(tenant: &TenantStore, events: &[&Event]) -> Result<()> {
    let users: BTreeSet<_> = events.iter().filter_map(|event| event.user_id).collect();
    let users: Vec<_> = users.into_iter().collect();
    if existing_users(tenant, &users).await?.len() < users.len() {
        Err(not_found())
    } else {
        Ok(())
    }
}
