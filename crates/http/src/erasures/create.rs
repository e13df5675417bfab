use axum::Json;
use axum::http::StatusCode;
use wire::Erasure;

use crate::extract::{Caller, UserPath};
use crate::refusal::Answer;

/// Erase a user
///
/// Completely and for ever, a deleted user too. At once the user is found by nobody, their name is gone, their tokens
/// are refused and their connections closed. Then, in small steps: reactions, memberships, marks and everything else
/// of theirs are removed; their messages lose text, attachments, metadata and history and stay as deleted ones, so that
/// no conversation has a hole; a conversation with nobody left goes too. At the end the `external_id` is free.
/// `GET /v1/erasures/{erasure}` tells how far it has got and keeps the report. Asking again answers the same erasure.
#[utoipa::path(
    post, path = "/v1/users/{user}/erasure", tag = "users", params(("user" = wire::schema::Named, Path)),
    responses((status = 202, description = "It has begun, or had begun before.", body = Erasure)),
)]
pub(super) async fn erase_user(
    caller: Caller,
    UserPath(name): UserPath,
) -> Answer<(StatusCode, Json<Erasure>)> {
    let erasure = domain::erasure::request(&caller.tenant, &name).await?;
    Ok((StatusCode::ACCEPTED, Json(Erasure::of(&erasure))))
}
