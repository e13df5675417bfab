use axum::Json;
use base::Patch;
use domain::users::{UserChanges, update};
use domain::{Actor, settings};
use wire::{User, UserPatch};

use crate::extract::{Body, Caller, UserPath};
use crate::refusal::Answer;

/// Change a user
///
/// Only the given fields change; `null` clears. A user may change their own name and picture, and their `metadata` if
/// the setting `users_set_metadata` is on; what users say of themselves otherwise belongs into the metadata of their profile.
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
    let changes = UserChanges::from(patch);
    let by_user = caller.actor != Actor::Server && changes.metadata != Patch::Keep;
    let own_metadata = by_user && settings::get(&caller.tenant).await?.users_set_metadata;
    let user = update(
        &caller.tenant,
        caller.actor,
        &name,
        changes,
        version,
        own_metadata,
    )
    .await?;
    Ok(Json(User::of(&user, caller.actor.into())?))
}
