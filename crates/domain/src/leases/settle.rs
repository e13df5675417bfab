use base::{Id, Result, Timestamp, limit};
use store::{Changes, CommitError, OfTenant, Reaches, TenantStore, Update};

use super::{Leased, Work};

/// Removes work that is done.
///
/// # Errors
/// When the store cannot write; the work is done again then.
pub async fn finish<W: Work>(
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

/// Puts work off that failed, longer each time. After
/// [`limit::WORK_ATTEMPTS`] it is given up: it stays to be looked at and is
/// due no more. Says whether it was given up.
///
/// # Errors
/// When the store cannot write; the work is due when the lease ends then.
pub async fn put_off<W: Work>(tenant: &TenantStore, work: &Leased<W>) -> Result<bool>
where
    OfTenant: Reaches<W::Partition>,
{
    let given_up = work.attempts >= limit::signed(limit::WORK_ATTEMPTS);
    let mut batch = tenant.batch_with::<W>();
    let next = (!given_up).then(|| after(batch.now(), work.attempts));
    let changes = Changes::new().put(W::DUE, next);
    batch.update(work.id, Update::of(changes).expecting_version(work.version));
    match tenant.commit(batch).await {
        // The lease ended and another took the work: it is theirs now.
        Ok(()) | Err(CommitError::PreconditionFailed { .. }) => Ok(given_up),
        Err(error) => Err(error.into()),
    }
}

/// A second after the first failure, twice as long after each further one.
fn after(now: Timestamp, attempts: i64) -> Timestamp {
    let doubled = u32::try_from(attempts.clamp(1, 20) - 1).unwrap_or(0);
    let seconds = limit::signed(limit::WORK_PAUSE_SECONDS).min(1 << doubled);
    now.plus_millis(seconds * 1_000)
}
