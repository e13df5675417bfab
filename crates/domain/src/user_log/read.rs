use std::ops::Bound;

use base::{Error, ErrorCode, Id, IdOrExternalId, PageSize, Result, limit};
use store::{Entity, TenantStore};

use super::UserRecord;
use crate::actor::Actor;
use crate::identity::{User, resolve};

/// A part of a user's log.
#[derive(Debug, Clone)]
pub struct UserLog {
    /// The records, oldest first.
    pub records: Vec<Entity<UserRecord>>,
    /// The number of the log's last record.
    pub head: i64,
    /// Whether records between the cursor and these were cut off: whoever
    /// follows reads anew what they follow.
    pub cut: bool,
}

/// The number of the last record of a user's log; 0 before the first.
///
/// # Errors
/// When the store cannot answer.
pub async fn head(tenant: &TenantStore, user: Id<User>) -> Result<i64> {
    Ok(tenant
        .heads::<UserRecord>(&[user])
        .await?
        .pop()
        .map_or(0, |head| head.seq))
}

/// Records of a user's log between two numbers, oldest first, at most
/// [`limit::RANGE_RECORDS`]. The caller has checked that they may be read.
///
/// # Errors
/// When the store cannot answer.
pub async fn records(
    tenant: &TenantStore,
    user: Id<User>,
    from: Bound<i64>,
    to: Bound<i64>,
) -> Result<Vec<Entity<UserRecord>>> {
    let log = UserRecord::by_seq.eq(UserRecord::user_id, user);
    Ok(tenant
        .list(
            log.between(UserRecord::seq, from, to)
                .limit(limit::RANGE_RECORDS),
        )
        .await?
        .items)
}

/// Returns at most `size` records of a user's log after `after`, oldest
/// first. For the user and the tenant's server.
///
/// # Errors
/// 403 `forbidden` for another user, 404 `user_not_found`.
pub async fn log_after(
    tenant: &TenantStore,
    actor: Actor,
    name: &IdOrExternalId<User>,
    after: i64,
    size: PageSize,
) -> Result<UserLog> {
    let user = resolve(tenant, name).await?.id;
    if let Actor::User(reader) = actor
        && reader != user
    {
        return Err(Error::new(
            ErrorCode::Forbidden,
            "A user can read their own log only.",
        ));
    }
    let head = head(tenant, user).await?;
    let log = UserRecord::by_seq.eq(UserRecord::user_id, user);
    let log = log.between(UserRecord::seq, Bound::Excluded(after), Bound::Unbounded);
    let records = tenant.list(log.limit(size.get())).await?.items;
    let cut = records
        .first()
        .is_some_and(|first| first.seq > after.saturating_add(1));
    Ok(UserLog { records, head, cut })
}
