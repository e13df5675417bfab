use axum::Json;
use domain::users::{UserChanges, update};
use wire::{User, UserPatch};

use crate::extract::{Body, Caller, UserPath};
use crate::refusal::Answer;

/// Change a user
///
/// Only the given fields change; `null` clears. A user may change their own name, picture and metadata.
#[utoipa::path(
    patch, path = "/v1/users/{user}", tag = "users", params(("user" = wire::schema::Named, Path)),
    request_body = UserPatch, responses((status = 200, description = "The user.", body = User)),
)]
pub(super) async fn update_user(
    caller: Caller,
    UserPath(name): UserPath,
    Body(patch): Body<UserPatch>,
) -> Answer<Json<User>> {
    let version = patch.version;
    let user = update(&caller.tenant, caller.actor, &name, UserChanges::from(patch), version).await?;
    Ok(Json(User::of(&user, caller.actor.into())?))
}
