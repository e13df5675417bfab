use axum::Json;
use domain::relationships::require_visible;
use domain::users::resolve;
use wire::User;

use crate::extract::{Caller, UserPath};
use crate::refusal::Answer;

/// Get a user
///
/// E-mail addresses are shown to the tenant's servers and to the user only. Users of whom one blocks the other do not
/// find each other.
#[utoipa::path(
    get, path = "/v1/users/{user}", tag = "users", params(("user" = wire::schema::Named, Path)),
    responses((status = 200, description = "The user.", body = User)),
)]
pub(super) async fn get_user(caller: Caller, UserPath(name): UserPath) -> Answer<Json<User>> {
    let user = resolve(&caller.tenant, &name).await?;
    require_visible(&caller.tenant, caller.actor, user.id).await?;
    Ok(Json(User::of(&user, caller.actor.into())?))
}
