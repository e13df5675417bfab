use axum::Json;
use axum::extract::State;
use base::Result;
use domain::users::{NewUser, upsert_batch};
use wire::{ListResponse, User, UserBatch};

use crate::api::Api;
use crate::extract::{Body, Caller};
use crate::refusal::Answer;

/// Make or change several users
///
/// All or none: one wrong user refuses the batch, with pointers such as `/users/3/email`.
#[utoipa::path(
    post, path = "/v1/users/batch", tag = "users", request_body = UserBatch,
    responses((status = 200, description = "The users in the order of the request.", body = ListResponse<User>)),
)]
pub(super) async fn upsert_users(
    State(api): State<Api>,
    caller: Caller,
    Body(batch): Body<UserBatch>,
) -> Answer<Json<ListResponse<User>>> {
    api.charge(&caller, batch.users.len().saturating_sub(1));
    let users = batch.users.into_iter().map(NewUser::from).collect();
    let upserted = upsert_batch(&caller.tenant, users).await?;
    let shown: Result<Vec<User>> = upserted
        .iter()
        .map(|upserted| User::of(&upserted.user, caller.actor.into()))
        .collect();
    Ok(Json(ListResponse { data: shown? }))
}
