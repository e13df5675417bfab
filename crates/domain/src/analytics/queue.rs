use std::collections::HashMap;
use std::sync::Arc;

use base::{Error, ErrorCode, Result, TenantId, limit};
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Milliseconds after which a refused intake may be tried again.
const LATER: u64 = 1_000;

/// The events that wait in a process to be written: bounded in all, and for
/// each tenant, so that a loud one leaves the others their places and turns.
#[derive(Clone, Debug)]
pub(super) struct Queue(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    waiting: Mutex<Waiting>,
    /// A turn for each tenant that may write at once.
    writers: Arc<Semaphore>,
}

#[derive(Debug, Default)]
struct Waiting {
    all: usize,
    /// Only of tenants for whom something waits.
    tenants: HashMap<TenantId, OfTenant>,
}

#[derive(Debug)]
struct OfTenant {
    waiting: usize,
    /// Who of the tenant writes, in the order of their coming.
    turn: Arc<Semaphore>,
}

/// A request's places in the queue, until it is dropped.
#[derive(Debug)]
pub(super) struct Places {
    queue: Queue,
    tenant: TenantId,
    held: usize,
    turn: Arc<Semaphore>,
}

impl Default for Queue {
    fn default() -> Self {
        let writers = Arc::new(Semaphore::new(limit::EVENT_WRITERS));
        Self(Arc::new(Inner {
            waiting: Mutex::default(),
            writers,
        }))
    }
}

impl Queue {
    /// Places for so many events: one each, and enough for a request that the
    /// requests which wait are bounded too.
    ///
    /// # Errors
    /// 429 when the queue, or the tenant's share of it, is full.
    pub(super) fn enter(&self, tenant: TenantId, events: usize) -> Result<Places> {
        let places = events.max(limit::EVENTS_WAITING / limit::EVENT_REQUESTS_WAITING);
        let mut waiting = self.0.waiting.lock();
        let own = waiting.tenants.get(&tenant).map_or(0, |own| own.waiting);
        if own + places > limit::TENANT_EVENTS_WAITING
            || waiting.all + places > limit::EVENTS_WAITING
        {
            let told = Error::new(
                ErrorCode::RateLimited,
                "Too many events wait to be written.",
            );
            return Err(told.retry_after_ms(LATER));
        }
        waiting.all += places;
        let new = || OfTenant {
            waiting: 0,
            turn: Arc::new(Semaphore::new(1)),
        };
        let own = waiting.tenants.entry(tenant).or_insert_with(new);
        own.waiting += places;
        Ok(Places {
            queue: self.clone(),
            tenant,
            held: places,
            turn: Arc::clone(&own.turn),
        })
    }
}

impl Places {
    /// Waits for the turn to write one run of events, which lasts until it is
    /// dropped: first within the tenant, then among the tenants.
    ///
    /// # Errors
    /// Never: the queue is not closed.
    pub(super) async fn turn(&self) -> Result<[OwnedSemaphorePermit; 2]> {
        let own = Arc::clone(&self.turn)
            .acquire_owned()
            .await
            .map_err(Error::internal)?;
        let writer = Arc::clone(&self.queue.0.writers)
            .acquire_owned()
            .await
            .map_err(Error::internal)?;
        Ok([own, writer])
    }
}

impl Drop for Places {
    fn drop(&mut self) {
        let mut waiting = self.queue.0.waiting.lock();
        waiting.all -= self.held;
        if let Some(own) = waiting.tenants.get_mut(&self.tenant) {
            own.waiting -= self.held;
            if own.waiting == 0 {
                waiting.tenants.remove(&self.tenant);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use base::ObjectId;

    use super::*;

    fn tenant(number: u8) -> TenantId {
        TenantId::new(ObjectId([number; 12]))
    }

    #[test]
    fn a_full_share_leaves_the_others_theirs() {
        let queue = Queue::default();
        let loud = queue
            .enter(tenant(1), limit::TENANT_EVENTS_WAITING)
            .unwrap();
        assert_eq!(
            queue.enter(tenant(1), 1).unwrap_err().code,
            ErrorCode::RateLimited
        );
        drop(
            queue
                .enter(tenant(2), limit::TENANT_EVENTS_WAITING)
                .unwrap(),
        );
        drop(loud);
        drop(queue.enter(tenant(1), 1).unwrap());
        assert!(
            queue.0.waiting.lock().tenants.is_empty(),
            "nobody is remembered"
        );
    }

    #[test]
    fn all_together_are_bounded_and_so_are_requests() {
        let queue = Queue::default();
        let most = u8::try_from(limit::EVENT_REQUESTS_WAITING).unwrap();
        let held: Vec<_> = (0..most)
            .map(|number| queue.enter(tenant(number), 1).unwrap())
            .collect();
        assert_eq!(
            queue.enter(tenant(most), 1).unwrap_err().code,
            ErrorCode::RateLimited
        );
        drop(held);
        assert_eq!(queue.0.waiting.lock().all, 0);
    }
}
