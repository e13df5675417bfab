use axum::http::StatusCode;
use domain::messaging;

use crate::extract::{Caller, UserPath};
use crate::refusal::Answer;

/// Delete a user
///
/// The user is found by nobody any more, but stays the author of their messages. The `external_id` stays theirs: an
/// upsert brings them back. Conversations that they own get another owner: the admin who takes part for the longest
/// time, or else the member.
#[utoipa::path(
    delete, path = "/v1/users/{user}", tag = "users", params(("user" = wire::schema::Named, Path)),
    responses((status = 204, description = "Deleted.")),
)]
pub(super) async fn delete_user(caller: Caller, UserPath(name): UserPath) -> Answer<StatusCode> {
    messaging::delete_user(&caller.tenant, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}
