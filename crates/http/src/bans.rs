//! `/v1/conversations/{conversation}/bans`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::messaging;
use wire::{Ban, NewBan, Page};

use crate::api::Api;
use crate::cursor::List;
use crate::extract::{BanPath, Body, Caller, ConversationPath, PageQuery, Query};
use crate::page;
use crate::refusal::Answer;
use crate::routes::{Routes, routes};

/// List bans
///
/// The users who are banned from a group or channel. For admins and owners of the conversation and the tenant's servers.
#[utoipa::path(
    get, path = "/v1/conversations/{conversation}/bans", tag = "participants",
    params(("conversation" = wire::schema::Named, Path), PageQuery),
    responses((status = 200, description = "A page of bans.", body = Page<Ban>)),
)]
async fn list_bans(
    State(api): State<Api>,
    caller: Caller,
    ConversationPath(name): ConversationPath,
    Query(query): Query<PageQuery>,
) -> Answer<Response> {
    let direction = query.direction();
    let access = messaging::open(&caller.tenant, caller.actor, &name).await?;
    let filter = access.conversation.id.to_string();
    let list = List::new(&api, &caller, "list_bans", &filter, direction);
    let after = list.open(query.cursor.as_deref())?;
    page::answer(query.size()?, async |size| {
        let found = messaging::list_bans(
            &caller.tenant,
            caller.actor,
            &name,
            after.clone(),
            direction,
            size,
        )
        .await?;
        let users = api
            .join(&caller.tenant, found.items.iter().map(|ban| ban.user_id))
            .await?;
        Ok(list.page(
            &found,
            found.items.iter().map(|ban| Ban::of(ban, &users)).collect(),
        ))
    })
    .await
}

/// Ban a user
///
/// The user can neither join the group or channel nor be added to it until the ban is lifted or has ended; one who takes
/// part is removed. Banning again changes reason and end. Removing a participant alone does not ban. For admins and
/// owners of the conversation and the tenant's servers; an owner is banned by an owner or a server.
#[utoipa::path(
    put, path = "/v1/conversations/{conversation}/bans/{user}", tag = "participants",
    params(("conversation" = wire::schema::Named, Path), ("user" = wire::schema::Named, Path)), request_body = NewBan,
    responses((status = 200, description = "The ban.", body = Ban)),
)]
async fn ban_user(
    State(api): State<Api>,
    caller: Caller,
    BanPath(name, user): BanPath,
    Body(new): Body<NewBan>,
) -> Answer<Json<Ban>> {
    let ban = messaging::ban(&caller.tenant, caller.actor, &name, &user, new.into()).await?;
    let users = api.join(&caller.tenant, [ban.user_id]).await?;
    Ok(Json(Ban::of(&ban, &users)))
}

/// Lift a ban
///
/// The user does not take part by that, but can join or be added again. For admins and owners of the conversation and
/// the tenant's servers.
#[utoipa::path(
    delete, path = "/v1/conversations/{conversation}/bans/{user}", tag = "participants",
    params(("conversation" = wire::schema::Named, Path), ("user" = wire::schema::Named, Path)),
    responses((status = 204, description = "Lifted.")),
)]
async fn lift_ban(caller: Caller, BanPath(name, user): BanPath) -> Answer<StatusCode> {
    messaging::lift_ban(&caller.tenant, caller.actor, &name, &user).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) fn routes() -> Routes {
    routes![list_bans, ban_user, lift_ban]
}
