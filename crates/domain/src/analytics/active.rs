use base::{Id, Result, Timestamp, limit};
use store::Tenant;

use super::collections::{ActiveUser, Granularity};
use crate::users::{User, living};

/// Notes that users were active on the day and in the month of an hour,
/// unless that is noted already or they are being erased meanwhile. May be cut
/// off anywhere and done again.
pub async fn note_active(tenant: &Tenant, hour: Timestamp, users: &[Id<User>]) -> Result<()> {
    let day = Granularity::Day.around(hour).starts_at;
    for users in users.chunks(limit::EVENT_RUN) {
        let of_day = ActiveUser::by_bucket.eq(ActiveUser::granularity, Granularity::Day).eq(ActiveUser::starts_at, day);
        let known = of_day.one_of(ActiveUser::user_id, users.iter().copied()).limit(users.len());
        let known = tenant.list(known).await?.items;
        let new = users.iter().filter(|user| known.iter().all(|active| active.user_id != **user));
        let new: Vec<_> = new.copied().collect();
        let mut batch = tenant.batch_with::<ActiveUser>();
        for user_id in living(tenant, &new).await? {
            for granularity in [Granularity::Day, Granularity::Month] {
                let bucket = granularity.around(hour);
                let (starts_at, expires_at) = (bucket.starts_at, bucket.countable_until());
                let active = ActiveUser { granularity, starts_at, user_id, expires_at };
                // Nothing changes where another noted it meanwhile, or on an earlier day of the month.
                batch.upsert(ActiveUser::by_bucket, active, &[], &[]);
            }
        }
        tenant.commit(batch).await?;
    }
    Ok(())
}
