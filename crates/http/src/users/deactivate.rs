use axum::Json;
use wire::User;

use crate::extract::{Caller, UserPath};
use crate::refusal::Answer;

/// Deactivate a user
///
/// The user can do nothing until reactivated; their tokens are refused and their connections closed. Nothing is
/// deleted.
#[utoipa::path(
    post, path = "/v1/users/{user}/deactivate", tag = "users", params(("user" = wire::schema::Named, Path)),
    responses((status = 200, description = "The user.", body = User)),
)]
pub(super) async fn deactivate_user(
    caller: Caller,
    UserPath(name): UserPath,
) -> Answer<Json<User>> {
    let user = domain::users::deactivate(&caller.tenant, &name).await?;
    Ok(Json(User::of(&user, caller.actor.into())?))
}
