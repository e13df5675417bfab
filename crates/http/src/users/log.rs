use axum::Json;
use domain::user_log::log_after;
use wire::UserLogPage;

use crate::extract::{Caller, LogQuery, Query, UserPath};
use crate::refusal::Answer;

/// Get a user's log
///
/// Every record of a user's own log after a number, oldest first and without holes: what a device of the user without a
/// connection reads to catch up. The last 2,000 are kept. For the tenant's servers and the user alone.
#[utoipa::path(
    get, path = "/v1/users/{user}/log", tag = "users",
    params(("user" = wire::schema::Named, Path), LogQuery),
    responses((status = 200, description = "Records.", body = UserLogPage)),
)]
pub(super) async fn get_user_log(
    caller: Caller,
    UserPath(name): UserPath,
    Query(query): Query<LogQuery>,
) -> Answer<Json<UserLogPage>> {
    let after = query.after()?;
    let log = log_after(&caller.tenant, caller.actor, &name, after, query.size()?).await?;
    Ok(Json(UserLogPage::of(&log, after)?))
}
