use axum::Json;
use base::Failure;
use domain::user_log::log_after;
use serde::Deserialize;
use utoipa::IntoParams;
use wire::UserLogPage;

use crate::extract::{Caller, Query, UserPath, number};
use crate::refusal::Answer;

/// Which part of the log.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct UserLogQuery {
    /// The last record that the client has; 0, the default, for none.
    #[serde(default, deserialize_with = "number")]
    #[param(minimum = 0)]
    after: Option<i64>,
}

/// Get a user's log
///
/// Every record of a user's own log after a number, oldest first and without holes: what a device of the user without a
/// connection reads to catch up. The last 2,000 are kept. For the tenant's servers and the user alone.
#[utoipa::path(
    get, path = "/v1/users/{user}/log", tag = "users",
    params(("user" = wire::schema::Named, Path), UserLogQuery),
    responses((status = 200, description = "Records.", body = UserLogPage)),
)]
pub(super) async fn get_user_log(
    caller: Caller,
    UserPath(name): UserPath,
    Query(query): Query<UserLogQuery>,
) -> Answer<Json<UserLogPage>> {
    let after = query.after.unwrap_or(0);
    if after < 0 {
        return Err(Failure::invalid("after", "Expected 0 or more.").into());
    }
    let log = log_after(&caller.tenant, caller.actor, &name, after).await?;
    Ok(Json(UserLogPage::of(&log, after)?))
}
