use axum::Json;
use wire::User;

use crate::extract::{Caller, UserPath};
use crate::refusal::Answer;

/// Reactivate a user
///
/// Lets a deactivated user act again.
#[utoipa::path(
    post, path = "/v1/users/{user}/reactivate", tag = "users", params(("user" = wire::schema::Named, Path)),
    responses((status = 200, description = "The user.", body = User)),
)]
pub(super) async fn reactivate_user(
    caller: Caller,
    UserPath(name): UserPath,
) -> Answer<Json<User>> {
    let user = domain::users::reactivate(&caller.tenant, &name).await?;
    Ok(Json(User::of(&user, caller.actor.into())?))
}
