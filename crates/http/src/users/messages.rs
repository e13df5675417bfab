use std::mem;

use axum::extract::State;
use axum::response::Response;
use base::{Direction, Error, ErrorCode};
use domain::Actor;
use domain::messaging::sent_by;
use wire::{Message, Page};

use crate::api::Api;
use crate::cursor::List;
use crate::extract::{Caller, PageQuery, Query, UserPath};
use crate::page;
use crate::refusal::Answer;

/// List a user's messages
///
/// The messages that a user sent, in all conversations, the newest first unless asked otherwise. For the tenant's
/// servers and the user alone.
#[utoipa::path(
    get, path = "/v1/users/{user}/messages", tag = "messages",
    params(("user" = wire::schema::Named, Path), PageQuery),
    responses((status = 200, description = "A page of messages.", body = Page<Message>)),
)]
pub(super) async fn list_messages_of_user(
    State(api): State<Api>,
    caller: Caller,
    UserPath(name): UserPath,
    Query(query): Query<PageQuery>,
) -> Answer<Response> {
    let user = api.cards().resolve(&caller.tenant, &name).await?.id;
    if !matches!(caller.actor, Actor::Server) && caller.actor != Actor::User(user) {
        return Err(Error::new(
            ErrorCode::Forbidden,
            "A user can list only their own messages.",
        )
        .into());
    }
    let direction = query.direction_or(Direction::Backward);
    let list = List::new(
        &api,
        &caller,
        "list_messages_of_user",
        &user.to_string(),
        direction,
    );
    let after = list.open(query.cursor.as_deref())?;
    page::answer(query.size()?, async |size| {
        let mut found = sent_by(
            &caller.tenant,
            caller.actor,
            user,
            after.clone(),
            direction,
            size,
        )
        .await?;
        let data = crate::messages::shown(&api, &caller, mem::take(&mut found.items)).await?;
        Ok(list.page(&found, data))
    })
    .await
}
