//! Erasures of users: `/v1/users/{user}/erasure` and `/v1/erasures`.

use axum::Json;
use axum::http::StatusCode;
use domain::auth::AuthContext;
use wire::Erasure;

use crate::error::ApiResult;
use crate::extract::{ErasurePath, UserPath};
use crate::routes::{Routes, routes};

/// Erase a user
///
/// Erases a user permanently, also a deleted one. At once the user is no longer found, their name
/// is cleared, their tokens are rejected and their connections are closed. A job then deletes their
/// reactions, memberships, receipts and other documents in small steps. Their messages lose
/// content, attachments, metadata and history, and remain as deleted ones, so that logs have no
/// gaps. Conversations without participants are deleted. At the end the `external_id` is free. Poll
/// `GET /v1/erasures/{erasure}` for the progress and the report. The request is idempotent.
/// Requires an API key with `users:write` and no acting user.
#[utoipa::path(
    post, path = "/v1/users/{user}/erasure", tag = "users", params(("user" = wire::schema::Named, Path)),
    responses((status = 202, description = "The new or running erasure.", body = Erasure)),
)]
async fn erase_user(
    auth: AuthContext,
    UserPath(name): UserPath,
) -> ApiResult<(StatusCode, Json<Erasure>)> {
    let erasure = domain::erasure::request(&auth.tenant, &name).await?;
    Ok((StatusCode::ACCEPTED, Json(Erasure::of(&erasure))))
}

/// Get an erasure
///
/// Returns the progress of an erasure and its report: the number of documents deleted and redacted
/// in each collection. The report is kept. Requires an API key with `users:read` and no acting
/// user.
#[utoipa::path(
    get, path = "/v1/erasures/{erasure}", tag = "users", params(("erasure" = wire::schema::Id, Path)),
    responses((status = 200, description = "The erasure.", body = Erasure)),
)]
async fn get_erasure(auth: AuthContext, ErasurePath(id): ErasurePath) -> ApiResult<Json<Erasure>> {
    Ok(Json(Erasure::of(
        &domain::erasure::get(&auth.tenant, id).await?,
    )))
}

pub(crate) fn routes() -> Routes {
    routes![
        erase_user: Server [UsersWrite],
        get_erasure: Server [UsersRead],
    ]
}
