//! Reactions to a message: `/v1/messages/{message}/reactions`.

use axum::Json;
use axum::extract::State;
use domain::auth::AuthContext;
use domain::messaging::{react, unreact};
use wire::Message;

use crate::error::ApiResult;
use crate::extract::ReactionPath;
use crate::render;
use crate::routes::{Routes, routes};
use crate::state::AppState;

/// Add a reaction
///
/// Adds a reaction of the acting user: one emoji, or `:name:`. The request is idempotent. Requires
/// `messages:write` and an acting user.
#[utoipa::path(
    put, path = "/v1/messages/{message}/reactions/{emoji}", tag = "reactions",
    params(("message" = wire::schema::Id, Path), ("emoji" = wire::schema::Emoji, Path)),
    responses((status = 200, description = "The message.", body = Message)),
)]
async fn add_reaction(
    State(state): State<AppState>,
    auth: AuthContext,
    ReactionPath(id, emoji): ReactionPath,
) -> ApiResult<Json<Message>> {
    let message = react(&auth.tenant, auth.actor, id, &emoji).await?;
    Ok(Json(render::message(&state, &auth, message).await?))
}

/// Remove a reaction
///
/// Removes a reaction of the acting user. Requires `messages:write` and an acting user.
#[utoipa::path(
    delete, path = "/v1/messages/{message}/reactions/{emoji}", tag = "reactions",
    params(("message" = wire::schema::Id, Path), ("emoji" = wire::schema::Emoji, Path)),
    responses((status = 200, description = "The message.", body = Message)),
)]
async fn remove_reaction(
    State(state): State<AppState>,
    auth: AuthContext,
    ReactionPath(id, emoji): ReactionPath,
) -> ApiResult<Json<Message>> {
    let message = unreact(&auth.tenant, auth.actor, id, &emoji).await?;
    Ok(Json(render::message(&state, &auth, message).await?))
}

pub(crate) fn routes() -> Routes {
    routes![
        "reactions": "Emoji reactions to messages.";
        add_reaction: User [MessagesWrite],
        remove_reaction: User [MessagesWrite],
    ]
}
