//! Leases on work documents: each document is processed by the holder of its lease, at least once.
//! A lease moves the due time into the future, so that another server takes over when it expires.
//! Work must be idempotent.

use base::{Id, Result, Timestamp, limit};
use store::{
    Changes, Collection, Column, CommitError, Entity, Marker, OfTenant, Reaches, TenantStore,
    Update, Value,
};

/// A collection of work documents. Its declaration has `due: field;`.
pub trait Work: Collection<Partition: Marker> + Clone {
    /// Due time; absent once abandoned.
    const DUE: Column<Self, Timestamp>;
    /// Number of attempts started.
    const ATTEMPTS: Column<Self, i64>;
}

/// Work of a tenant, leased by this process for
/// [`limit::WORK_LEASE_SECONDS`].
#[derive(Clone, Debug)]
pub struct Leased<W> {
    /// Id of the work; equal for all attempts.
    pub id: Id<W>,
    /// The work document.
    pub doc: W,
    /// Number of attempts started, including this one.
    pub attempts: i64,
    /// Version written by the lease; identifies it.
    version: i64,
}

/// Leases the due work among these documents. Skips documents that another server has leased.
///
/// # Errors
/// When the store is unavailable.
pub async fn lease<W: Work>(tenant: &TenantStore, ids: &[Id<W>]) -> Result<Vec<Leased<W>>>
where
    OfTenant: Reaches<W::Partition>,
{
    let now = tenant.context().now();
    let mut due = tenant.get_many(ids).await?;
    due.retain(|work| due_at(work).is_some_and(|at| at <= now));
    match lease_batch(tenant, &due).await {
        Ok(leased) => Ok(leased),
        // Another server has leased one of them: lease one by one.
        Err(CommitError::PreconditionFailed { .. }) => {
            let mut leased = Vec::with_capacity(due.len());
            for work in due.chunks(1) {
                match lease_batch(tenant, work).await {
                    Ok(one) => leased.extend(one),
                    Err(CommitError::PreconditionFailed { .. }) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            Ok(leased)
        }
        Err(error) => Err(error.into()),
    }
}

async fn lease_batch<W: Work>(
    tenant: &TenantStore,
    due: &[Entity<W>],
) -> Result<Vec<Leased<W>>, CommitError>
where
    OfTenant: Reaches<W::Partition>,
{
    let mut batch = tenant.batch_with::<W>();
    let until = batch
        .now()
        .plus_millis(limit::signed(limit::WORK_LEASE_SECONDS) * 1_000);
    let mut leased = Vec::with_capacity(due.len());
    for work in due {
        let attempts = attempts(work) + 1;
        let changes = Changes::new().set(W::DUE, until).set(W::ATTEMPTS, attempts);
        batch.update(work.id, Update::of(changes).expecting_version(work.version));
        leased.push(Leased {
            id: work.id,
            doc: work.doc.clone(),
            attempts,
            version: work.version + 1,
        });
    }
    tenant.commit(batch).await?;
    Ok(leased)
}

fn due_at<W: Work>(work: &Entity<W>) -> Option<Timestamp> {
    work.to_row().read(W::DUE)
}

fn attempts<W: Work>(work: &Entity<W>) -> i64 {
    match work.to_row().field(W::DECLARATION, W::ATTEMPTS.name()) {
        Some(Value::Int(attempts)) => attempts,
        _ => 0,
    }
}

/// Removes completed work.
///
/// # Errors
/// When the store is unavailable; the work is then repeated.
pub async fn complete<W: Work>(
    tenant: &TenantStore,
    done: impl IntoIterator<Item = Id<W>>,
) -> Result<()>
where
    OfTenant: Reaches<W::Partition>,
{
    let mut batch = tenant.batch_with::<W>();
    done.into_iter().for_each(|id| batch.remove(id, false));
    Ok(tenant.commit(batch).await?)
}

/// Reschedules failed work with exponential backoff. Abandons it after [`limit::WORK_ATTEMPTS`]: it
/// stays stored for inspection, but is no longer due. Returns whether it was abandoned.
///
/// # Errors
/// When the store is unavailable; the work is then due when the lease expires.
pub async fn reschedule<W: Work>(tenant: &TenantStore, work: &Leased<W>) -> Result<bool>
where
    OfTenant: Reaches<W::Partition>,
{
    let given_up = work.attempts >= limit::signed(limit::WORK_ATTEMPTS);
    let mut batch = tenant.batch_with::<W>();
    let next = (!given_up).then(|| backoff(batch.now(), work.attempts));
    let changes = Changes::new().put(W::DUE, next);
    batch.update(work.id, Update::of(changes).expecting_version(work.version));
    match tenant.commit(batch).await {
        // The lease expired and another server has leased the work.
        Ok(()) | Err(CommitError::PreconditionFailed { .. }) => Ok(given_up),
        Err(error) => Err(error.into()),
    }
}

/// Returns the next due time: one second after the first failure, doubled for each further one.
fn backoff(now: Timestamp, attempts: i64) -> Timestamp {
    let doubled = u32::try_from(attempts.clamp(1, 20) - 1).unwrap_or(0);
    let seconds = limit::signed(limit::WORK_PAUSE_SECONDS).min(1 << doubled);
    now.plus_millis(seconds * 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leases::{complete, reschedule};
    use crate::outbox::{Outbox, put};
    use crate::user_log::{Tell, UserEvent};
    use crate::world::{World, due, person};

    async fn task(world: &World, tenant: &TenantStore) -> Id<Outbox> {
        let tell = Tell {
            user_id: person(tenant, "ada").await,
            event: UserEvent::ProfileUpdated { version: 1 },
        };
        let mut batch = tenant.batch();
        put(&mut batch, &tell);
        tenant.commit(batch).await.unwrap();
        due::<Outbox>(&world.store).await[0]
    }

    #[tokio::test]
    async fn concurrent_lease_requests_one_succeeds() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let id = task(&world, &acme).await;
        let racers = (0..20).map(|_| {
            let acme = acme.clone();
            tokio::spawn(async move { lease(&acme, &[id]).await.unwrap().len() })
        });
        let mut taken = 0;
        for racer in racers.collect::<Vec<_>>() {
            taken += racer.await.unwrap();
        }
        assert_eq!(taken, 1);
    }

    #[tokio::test]
    async fn work_of_crashed_holder_is_due_after_lease_expiry() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let id = task(&world, &acme).await;
        let first = lease(&acme, &[id]).await.unwrap();
        assert!(lease(&acme, &[id]).await.unwrap().is_empty());
        world
            .clock
            .advance(limit::signed(limit::WORK_LEASE_SECONDS) * 1_000);
        let second = lease(&acme, &[id]).await.unwrap();
        assert_eq!(
            (first[0].attempts, second[0].attempts, second[0].id),
            (1, 2, id)
        );
        reschedule(&acme, &first[0]).await.unwrap();
        assert!(
            lease(&acme, &[id]).await.unwrap().is_empty(),
            "the lease of another is left alone"
        );
        complete(&acme, [id]).await.unwrap();
        complete(&acme, [id]).await.unwrap();
        assert!(acme.get(id).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn failing_work_is_abandoned_and_kept_for_inspection() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let id = task(&world, &acme).await;
        let mut tries = 0;
        loop {
            let leased = lease(&acme, &[id]).await.unwrap();
            tries += 1;
            if reschedule(&acme, &leased[0]).await.unwrap() {
                break;
            }
            assert!(
                lease(&acme, &[id]).await.unwrap().is_empty(),
                "it is put off"
            );
            world
                .clock
                .advance(limit::signed(limit::WORK_PAUSE_SECONDS) * 1_000);
        }
        assert_eq!(tries, limit::WORK_ATTEMPTS);
        assert!(lease(&acme, &[id]).await.unwrap().is_empty());
        assert_eq!(acme.get(id).await.unwrap().unwrap().due_at, None);
    }
}
