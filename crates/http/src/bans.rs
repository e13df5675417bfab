//! Bans from a conversation: `/v1/conversations/{conversation}/bans`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::auth::AuthContext;
use domain::messaging;
use wire::{Ban, NewBan, Page};

use crate::cursor::ListCursors;
use crate::error::ApiResult;
use crate::extract::{BanPath, Body, ConversationPath, PageQuery, Query};
use crate::page;
use crate::routes::{Routes, routes};
use crate::state::AppState;

/// List bans
///
/// Returns the bans of a group or channel. Requires `conversations:read`; users must be an owner or
/// admin of the conversation.
#[utoipa::path(
    get, path = "/v1/conversations/{conversation}/bans", tag = "participants",
    params(("conversation" = wire::schema::Named, Path), PageQuery),
    responses((status = 200, description = "A page of bans.", body = Page<Ban>)),
)]
async fn list_bans(
    State(state): State<AppState>,
    auth: AuthContext,
    ConversationPath(name): ConversationPath,
    Query(page): Query<PageQuery>,
) -> ApiResult<Response> {
    let direction = page.direction();
    let access = messaging::open(&auth.tenant, auth.actor, &name).await?;
    let filter = access.conversation.id.to_string();
    let cursors = ListCursors::new(&state, &auth, "list_bans", &filter, direction);
    let after = cursors.decode(page.cursor.as_deref())?;
    page::respond(page.size()?, async |size| {
        let found = messaging::list_bans(
            &auth.tenant,
            auth.actor,
            &name,
            after.clone(),
            direction,
            size,
        )
        .await?;
        let users = state
            .user_map(&auth.tenant, found.items.iter().map(|ban| ban.user_id))
            .await?;
        Ok(cursors.page(
            &found,
            found.items.iter().map(|ban| Ban::of(ban, &users)).collect(),
        ))
    })
    .await
}

/// Ban a user
///
/// Bans a user from a group or channel: until the ban expires or is lifted, the user can neither
/// join nor be added. A participant is removed. Banning a user again updates reason and expiry.
/// Only owners and servers may ban an owner. Requires `conversations:write`; users must be an owner
/// or admin of the conversation.
#[utoipa::path(
    put, path = "/v1/conversations/{conversation}/bans/{user}", tag = "participants",
    params(("conversation" = wire::schema::Named, Path), ("user" = wire::schema::Named, Path)), request_body = NewBan,
    responses((status = 200, description = "The ban.", body = Ban)),
)]
async fn ban_user(
    State(state): State<AppState>,
    auth: AuthContext,
    BanPath(name, user): BanPath,
    Body(new): Body<NewBan>,
) -> ApiResult<Json<Ban>> {
    let ban = messaging::ban(&auth.tenant, auth.actor, &name, &user, new.into()).await?;
    let users = state.user_map(&auth.tenant, [ban.user_id]).await?;
    Ok(Json(Ban::of(&ban, &users)))
}

/// Lift a ban
///
/// Lifts a ban. The user does not rejoin automatically, but can join or be added again. Requires
/// `conversations:write`; users must be an owner or admin of the conversation.
#[utoipa::path(
    delete, path = "/v1/conversations/{conversation}/bans/{user}", tag = "participants",
    params(("conversation" = wire::schema::Named, Path), ("user" = wire::schema::Named, Path)),
    responses((status = 204, description = "The ban is lifted.")),
)]
async fn lift_ban(auth: AuthContext, BanPath(name, user): BanPath) -> ApiResult<StatusCode> {
    messaging::lift_ban(&auth.tenant, auth.actor, &name, &user).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) fn routes() -> Routes {
    routes![
        list_bans: Caller [ConversationsRead],
        ban_user: Caller [ConversationsWrite],
        lift_ban: Caller [ConversationsWrite],
    ]
}
