use base::{Error, ErrorCode, Id, Result, limit};
use store::{Changes, CommitError, Entity, TenantStore, Update};

use super::active_users::record_active;
use super::bucket::Bucket;
use super::collections::{ActiveUser, Event, Granularity, Metric, Recount};
use super::count::Counts;

/// Attempts of a recount that conflicts with new events.
const MAX_ATTEMPTS: usize = 10;

/// Result of counting a bucket.
struct BucketCounts {
    counts: Counts,
    users: usize,
    all_users: bool,
}

/// Counts a marked bucket again: an hour from its events, a day from its hours, a month from its
/// days.
///
/// One batch stores the counts, removes the marker and marks the longer bucket. It has a
/// precondition on marker and counts, so that an interrupted or late recount has no effect. An
/// empty bucket is removed. If the sources of a bucket have begun to expire, only the marker is
/// removed: counts are kept longer than their sources.
///
/// # Errors
/// 503 if the store is unavailable, or if events arrive faster than they are counted.
pub async fn recount(tenant: &TenantStore, mark: Id<Recount>) -> Result<()> {
    for _ in 0..MAX_ATTEMPTS {
        let Some(mark) = tenant.get(mark).await? else {
            return Ok(());
        };
        let bucket = Bucket {
            granularity: mark.granularity,
            starts_at: mark.starts_at,
        };
        let before = tenant.find(before(bucket)).await?;
        let counted = match bucket.granularity.finer() {
            None => count_events(tenant, bucket).await?,
            Some(parts) => sum(tenant, bucket, parts).await?,
        };
        match set(tenant, &mark, bucket, before, &counted).await {
            Err(CommitError::PreconditionFailed { .. } | CommitError::Conflict { .. }) => {}
            outcome => return Ok(outcome?),
        }
    }
    Err(Error::new(
        ErrorCode::Unavailable,
        "The bucket is marked faster than it is counted.",
    ))
}

fn before(bucket: Bucket) -> store::Query<Metric> {
    let of = Metric::by_bucket.eq(Metric::granularity, bucket.granularity);
    of.eq(Metric::starts_at, bucket.starts_at)
}

async fn count_events(tenant: &TenantStore, bucket: Bucket) -> Result<BucketCounts> {
    let users = tenant
        .tally(bucket.events(), Event::user_id, limit::EVENT_USERS)
        .await?;
    let all_users = users.whole;
    let users: Vec<_> = users
        .counts
        .into_iter()
        .filter_map(|(user, _)| user)
        .collect();
    record_active(tenant, bucket.starts_at, &users).await?;
    let categories = tenant
        .tally(bucket.events(), Event::category, super::Category::ALL.len())
        .await?;
    let names = tenant
        .tally(bucket.events(), Event::name, limit::EVENT_NAMES)
        .await?;
    Ok(BucketCounts {
        counts: Counts::of(categories, names),
        users: users.len(),
        all_users,
    })
}

async fn sum(tenant: &TenantStore, bucket: Bucket, parts: Granularity) -> Result<BucketCounts> {
    // A day has 24 hours, a month at most 31 days.
    let parts = tenant
        .list(
            parts
                .metrics(bucket.starts_at, bucket.end())
                .limit(limit::PAGE),
        )
        .await?;
    let mut counts = Counts::default();
    let whole = parts.items.iter().all(|part| part.all_users);
    for part in &parts.items {
        counts.add(Counts::stored(part)?);
    }
    let active = ActiveUser::by_bucket.eq(ActiveUser::granularity, bucket.granularity);
    let active = active.eq(ActiveUser::starts_at, bucket.starts_at);
    let users = tenant.count(active, limit::ACTIVE_USERS + 1).await?;
    let all_users = whole && users <= limit::ACTIVE_USERS;
    Ok(BucketCounts {
        counts,
        users: users.min(limit::ACTIVE_USERS),
        all_users,
    })
}

async fn set(
    tenant: &TenantStore,
    mark: &Entity<Recount>,
    bucket: Bucket,
    before: Option<Entity<Metric>>,
    counted: &BucketCounts,
) -> Result<(), CommitError> {
    let mut batch = tenant.batch_with::<Metric>();
    let unmarked = Changes::new().clear(Recount::due_at);
    batch.update(
        mark.id,
        Update::of(unmarked).expecting_version(mark.version),
    );
    batch.remove(mark.id, true);
    // Checked after all reads, so that the sources existed during them.
    if !bucket.is_countable(batch.now()) {
        return tenant.commit(batch).await;
    }
    let metric = document(bucket, counted, batch.now())
        .map_err(|failure| CommitError::Broken(std::sync::Arc::new(failure)))?;
    match before {
        None if metric.events == 0 => {}
        None => drop(batch.insert(metric)),
        Some(before) if metric.events == 0 => {
            batch.update(
                before.id,
                Update::of(Changes::<Metric>::new()).expecting_version(before.version),
            );
            batch.remove(before.id, true);
        }
        Some(before) => {
            let changes = Changes::new()
                .set(Metric::events, metric.events)
                .set(Metric::users, metric.users)
                .set(Metric::all_users, metric.all_users)
                .set(Metric::counts, metric.counts)
                .set(Metric::whole, metric.whole)
                .set(Metric::counted_at, metric.counted_at);
            batch.update(
                before.id,
                Update::of(changes).expecting_version(before.version),
            );
        }
    }
    if let Some(whole) = bucket.enclosing() {
        whole.mark(&mut batch);
    }
    tenant.commit(batch).await
}

fn document(bucket: Bucket, counted: &BucketCounts, counted_at: base::Timestamp) -> Result<Metric> {
    let Bucket {
        granularity,
        starts_at,
    } = bucket;
    let BucketCounts {
        counts,
        users,
        all_users,
    } = counted;
    let users = i64::try_from(*users).unwrap_or(i64::MAX);
    let events = counts.events();
    let whole = counts.whole;
    let all_users = *all_users;
    let expires_at = bucket.expires_at();
    let counts = counts.to_text()?;
    Ok(Metric {
        granularity,
        starts_at,
        events,
        users,
        all_users,
        counts,
        whole,
        counted_at,
        expires_at,
    })
}
