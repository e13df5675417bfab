use axum::extract::State;
use axum::response::Response;
use base::{Direction, Result};
use domain::messaging::list_conversations as list_mine;
use serde::Deserialize;
use utoipa::IntoParams;
use wire::{Conversation, Page};

use super::shown;
use crate::api::Api;
use crate::cursor::List;
use crate::extract::{Caller, Query, limit_schema, number, size};
use crate::page;
use crate::refusal::Answer;

/// Which page of the conversation list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// Entries of the page.
    #[serde(default, deserialize_with = "number")]
    #[param(schema_with = limit_schema)]
    limit: Option<usize>,
    /// `next_cursor` of another page.
    cursor: Option<String>,
}

/// List my conversations
///
/// The conversations that the acting user takes part in, the last active first, each with its last message, its
/// unread messages and how far the user has come.
#[utoipa::path(
    get, path = "/v1/conversations", tag = "conversations", params(ListQuery),
    responses((status = 200, description = "A page of conversations.", body = Page<Conversation>)),
)]
pub(super) async fn list_conversations(
    State(api): State<Api>,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> Answer<Response> {
    let user = caller.actor.user()?;
    let list = List::new(&api, &caller, "list_conversations", &user.to_string(), Direction::Forward);
    let after = list.open_activity(query.cursor.as_deref())?;
    page::answer(size(query.limit)?, async |size| {
        let (views, next) = list_mine(&caller.tenant, user, after, size).await?;
        let data: Result<Vec<Conversation>> = shown(&api, &caller, &views).await;
        let next_cursor = next.map(|position| list.seal_activity(position));
        Ok(Page { data: data?, has_more: next_cursor.is_some(), next_cursor, prev_cursor: None })
    })
    .await
}
