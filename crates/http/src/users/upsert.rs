use axum::Json;
use axum::http::StatusCode;
use domain::users::{NewUser, upsert};
use wire::{User, UserUpsert};

use crate::extract::{Body, Caller};
use crate::refusal::Answer;

/// Make or change a user
///
/// Makes the user with this `external_id`, or changes the given fields of the one that is there; a deleted user
/// comes back. Repeating the request changes nothing more.
#[utoipa::path(
    post, path = "/v1/users", tag = "users", request_body = UserUpsert,
    responses((status = 201, description = "Made.", body = User), (status = 200, description = "Changed.", body = User)),
)]
pub(super) async fn upsert_user(
    caller: Caller,
    Body(user): Body<UserUpsert>,
) -> Answer<(StatusCode, Json<User>)> {
    let upserted = upsert(&caller.tenant, NewUser::from(user)).await?;
    let status = if upserted.created {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, Json(User::of(&upserted.user, caller.actor.into())?)))
}
