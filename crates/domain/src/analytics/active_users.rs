use std::collections::HashMap;

use base::{Error, ErrorCode, Id, IdOrExternalId, Result, Timestamp, limit};
use store::TenantStore;

use super::NewEvent;
use super::bucket::Bucket;
use super::collections::{ActiveUser, Granularity};
use crate::actor::Actor;
use crate::users::{self, User, existing_users};

/// Returns the subject of each event, in order, with at most two reads.
pub async fn subjects(
    tenant: &TenantStore,
    actor: Actor,
    events: &[NewEvent],
) -> Result<Vec<Option<Id<User>>>> {
    let acting = actor.user().ok();
    let mut names: Vec<IdOrExternalId<User>> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut positions: Vec<Option<usize>> = Vec::with_capacity(events.len());
    for name in events.iter().map(|event| event.user.as_ref()) {
        positions.push(name.filter(|name| !is(name, acting)).map(|name| {
            *places.entry(name.to_string()).or_insert_with(|| {
                names.push(name.clone());
                names.len() - 1
            })
        }));
    }
    let users = users::resolve_many(tenant, &names)
        .await
        .map_err(|failure| missing_user_error(&failure, &positions))?;
    let of = |(event, at): (usize, Option<usize>)| match at.map(|at| users[at].id) {
        None => Ok(acting),
        Some(user) if acting.is_none_or(|acting| acting == user) => Ok(Some(user)),
        Some(_) => {
            let message = "Users can record only their own events.";
            Err(Error::new(ErrorCode::Forbidden, message)
                .at(format!("/{event}/user_id"), "is another user"))
        }
    };
    positions.into_iter().enumerate().map(of).collect()
}

/// Returns whether a reference is the acting user's id, which needs no lookup.
fn is(name: &IdOrExternalId<User>, acting: Option<Id<User>>) -> bool {
    matches!(name, IdOrExternalId::Id(id) if Some(*id) == acting)
}

/// Converts an error about a reference into one about the event that contains it.
fn missing_user_error(failure: &Error, positions: &[Option<usize>]) -> Error {
    if failure.code != ErrorCode::UserNotFound {
        return failure.clone();
    }
    let name = failure
        .faults
        .first()
        .and_then(|fault| fault.pointer.strip_prefix('/')?.parse::<usize>().ok());
    let event = positions
        .iter()
        .position(|at| at.is_some() && *at == name)
        .unwrap_or(0);
    users::not_found().at(format!("/{event}/user_id"), "is an unknown user")
}

/// Records that users were active on the day and in the month of an hour, except users that are
/// recorded already or being erased. It may be interrupted at any point and repeated.
pub async fn record_active(
    tenant: &TenantStore,
    hour: Timestamp,
    users: &[Id<User>],
) -> Result<()> {
    let buckets =
        [Granularity::Day, Granularity::Month].map(|granularity| granularity.around(hour));
    for users in users.chunks(limit::EVENT_RUN) {
        let new = not_recorded(tenant, buckets[0], users).await?;
        let recorded: Vec<_> = existing_users(tenant, &new).await?.into_iter().collect();
        let mut batch = tenant.batch_with::<ActiveUser>();
        for (user_id, bucket) in pairs(&recorded, buckets) {
            let Bucket {
                granularity,
                starts_at,
            } = bucket;
            let active = ActiveUser {
                granularity,
                starts_at,
                user_id,
                expires_at: bucket.countable_until(),
            };
            // No effect if a concurrent call, or one on an earlier day of the month, has written
            // it.
            batch.upsert(ActiveUser::by_bucket, active, &[], &[]);
        }
        tenant.commit(batch).await?;
        remove_erased(tenant, buckets, &recorded).await?;
    }
    Ok(())
}

/// Returns the users that are not recorded as active on a day.
async fn not_recorded(
    tenant: &TenantStore,
    day: Bucket,
    users: &[Id<User>],
) -> Result<Vec<Id<User>>> {
    let of_day = ActiveUser::by_bucket.eq(ActiveUser::granularity, day.granularity);
    let of_day = of_day.eq(ActiveUser::starts_at, day.starts_at);
    let known = tenant
        .list(
            of_day
                .one_of(ActiveUser::user_id, users.iter().copied())
                .limit(users.len()),
        )
        .await?
        .items;
    Ok(users
        .iter()
        .filter(|user| known.iter().all(|active| active.user_id != **user))
        .copied()
        .collect())
}

/// Removes the records of users whose erasure started concurrently and may have missed them.
async fn remove_erased(
    tenant: &TenantStore,
    buckets: [Bucket; 2],
    recorded: &[Id<User>],
) -> Result<()> {
    let existing_users = existing_users(tenant, recorded).await?;
    let erased: Vec<_> = recorded
        .iter()
        .filter(|user| !existing_users.contains(user))
        .copied()
        .collect();
    let mut batch = tenant.batch_with::<ActiveUser>();
    for (user, bucket) in pairs(&erased, buckets) {
        let note = ActiveUser::by_bucket.eq(ActiveUser::granularity, bucket.granularity);
        let note = note
            .eq(ActiveUser::starts_at, bucket.starts_at)
            .eq(ActiveUser::user_id, user);
        batch.delete_range(note.limit(1));
    }
    if !erased.is_empty() {
        buckets
            .into_iter()
            .for_each(|bucket| bucket.mark(&mut batch));
    }
    Ok(tenant.commit(batch).await?)
}

fn pairs(users: &[Id<User>], buckets: [Bucket; 2]) -> impl Iterator<Item = (Id<User>, Bucket)> {
    users
        .iter()
        .flat_map(move |user| buckets.map(|bucket| (*user, bucket)))
}
