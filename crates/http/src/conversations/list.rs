use axum::extract::State;
use axum::response::Response;
use domain::messaging::list_conversations as list_mine;
use wire::{Conversation, Page};

use super::shown;
use crate::api::Api;
use crate::cursor::List;
use crate::extract::{Caller, PageQuery, Query};
use crate::page;
use crate::refusal::Answer;

/// List my conversations
///
/// The conversations that the acting user takes part in, the last active first, each with its last message, its
/// unread messages and how far the user has come.
#[utoipa::path(
    get, path = "/v1/conversations", tag = "conversations", params(PageQuery),
    responses((status = 200, description = "A page of conversations.", body = Page<Conversation>)),
)]
pub(super) async fn list_conversations(
    State(api): State<Api>,
    caller: Caller,
    Query(query): Query<PageQuery>,
) -> Answer<Response> {
    let user = caller.actor.user()?;
    let direction = query.direction();
    let list = List::new(
        &api,
        &caller,
        "list_conversations",
        &user.to_string(),
        direction,
    );
    let after = list.open_activity(query.cursor.as_deref())?;
    page::answer(query.size()?, async |size| {
        let mut found = list_mine(&caller.tenant, user, after, direction, size).await?;
        let data: Vec<Conversation> =
            shown(&api, &caller, std::mem::take(&mut found.views)).await?;
        Ok(list.activity_page(&found, data))
    })
    .await
}
