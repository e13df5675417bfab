use base::{Code, Failure, Id, Result, limit};
use store::{CommitError, Tenant};

use super::put::in_the_way;
use super::{AppDataUsage, AppKey};

/// Times that racing requests may get in each other's way before one gives up.
const ROUNDS: usize = 5;

/// The count of an app's keys, made when it is missing.
///
/// # Errors
/// 422 `limit_reached` when the user has data of [`limit::USER_APPS`] apps, 503.
pub(super) async fn usage(tenant: &Tenant, key: &AppKey) -> Result<Id<AppDataUsage>> {
    let AppKey { user, app, .. } = key;
    let of_user = || AppDataUsage::by_app.eq(AppDataUsage::user_id, *user);
    for _ in 0..ROUNDS {
        if let Some(usage) = tenant.find(of_user().eq(AppDataUsage::app_id, app.clone())).await? {
            return Ok(usage.id);
        }
        if tenant.count(of_user(), limit::USER_APPS).await? >= limit::USER_APPS {
            let told = format!("The user has data of {} apps, which is the most.", limit::USER_APPS);
            return Err(Failure::new(Code::LimitReached, told));
        }
        let mut batch = tenant.batch();
        let made = batch.insert(AppDataUsage { user_id: *user, app_id: app.clone(), entries: 0 });
        match tenant.commit(batch).await {
            Ok(()) => return Ok(made.id),
            Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(in_the_way())
}
