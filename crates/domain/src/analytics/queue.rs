use std::collections::HashMap;
use std::sync::Arc;

use base::{Error, ErrorCode, Result, TenantId, limit};
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Value of `Retry-After` when the queue is full, in milliseconds.
const RETRY_AFTER_MILLIS: u64 = 1_000;

/// Queue of events to be written. It is bounded in total and per tenant, so that one tenant cannot
/// block the others.
#[derive(Clone, Debug)]
pub(super) struct Queue(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    waiting: Mutex<QueueState>,
    /// Permits of tenants that may write concurrently.
    writers: Arc<Semaphore>,
}

#[derive(Debug, Default)]
struct QueueState {
    all: usize,
    /// Tenants with queued events.
    tenants: HashMap<TenantId, TenantShare>,
}

#[derive(Debug)]
struct TenantShare {
    waiting: usize,
    /// Serializes the tenant's writes, in order of arrival.
    acquire_writer: Arc<Semaphore>,
}

/// Queue capacity held by a request until it is dropped.
#[derive(Debug)]
pub(super) struct QueuePermit {
    queue: Queue,
    tenant: TenantId,
    held: usize,
    acquire_writer: Arc<Semaphore>,
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
    /// Reserves capacity: one unit per event, but at least enough to bound the number of queued
    /// requests.
    ///
    /// # Errors
    /// 429 if the queue or the tenant's share is full.
    pub(super) fn reserve(&self, tenant: TenantId, events: usize) -> Result<QueuePermit> {
        let places = events.max(limit::EVENTS_WAITING / limit::EVENT_REQUESTS_WAITING);
        let mut waiting = self.0.waiting.lock();
        let own = waiting.tenants.get(&tenant).map_or(0, |own| own.waiting);
        if own + places > limit::TENANT_EVENTS_WAITING
            || waiting.all + places > limit::EVENTS_WAITING
        {
            let error = Error::new(
                ErrorCode::RateLimited,
                "Too many events wait to be written.",
            );
            return Err(error.retry_after_ms(RETRY_AFTER_MILLIS));
        }
        waiting.all += places;
        let new = || TenantShare {
            waiting: 0,
            acquire_writer: Arc::new(Semaphore::new(1)),
        };
        let own = waiting.tenants.entry(tenant).or_insert_with(new);
        own.waiting += places;
        Ok(QueuePermit {
            queue: self.clone(),
            tenant,
            held: places,
            acquire_writer: Arc::clone(&own.acquire_writer),
        })
    }
}

impl QueuePermit {
    /// Waits for permission to write one batch, first within the tenant, then among the tenants.
    /// The permission lasts until it is dropped.
    ///
    /// # Errors
    /// Never: the semaphores are not closed.
    pub(super) async fn acquire_writer(&self) -> Result<[OwnedSemaphorePermit; 2]> {
        let own = Arc::clone(&self.acquire_writer)
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

impl Drop for QueuePermit {
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
    fn full_share_of_a_tenant_does_not_block_others() {
        let queue = Queue::default();
        let noisy = queue
            .reserve(tenant(1), limit::TENANT_EVENTS_WAITING)
            .unwrap();
        assert_eq!(
            queue.reserve(tenant(1), 1).unwrap_err().code,
            ErrorCode::RateLimited
        );
        drop(
            queue
                .reserve(tenant(2), limit::TENANT_EVENTS_WAITING)
                .unwrap(),
        );
        drop(noisy);
        drop(queue.reserve(tenant(1), 1).unwrap());
        assert!(
            queue.0.waiting.lock().tenants.is_empty(),
            "the tenant is removed"
        );
    }

    #[test]
    fn total_events_and_requests_are_bounded() {
        let queue = Queue::default();
        let most = u8::try_from(limit::EVENT_REQUESTS_WAITING).unwrap();
        let held: Vec<_> = (0..most)
            .map(|number| queue.reserve(tenant(number), 1).unwrap())
            .collect();
        assert_eq!(
            queue.reserve(tenant(most), 1).unwrap_err().code,
            ErrorCode::RateLimited
        );
        drop(held);
        assert_eq!(queue.0.waiting.lock().all, 0);
    }
}
