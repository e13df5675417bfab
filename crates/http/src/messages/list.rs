use axum::extract::State;
use axum::response::Response;
use base::{Direction, Error, ErrorCode, Id, PageSize, Result};
use domain::messaging::{self, around};
use serde::Deserialize;
use utoipa::IntoParams;
use wire::{ConversationName, Message, MessageId, Page};

use super::shown;
use crate::api::Api;
use crate::extract::{Caller, ConversationPath, Query, Way, limit_schema, number, size};
use crate::page;
use crate::refusal::Answer;

/// Which part of the history.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct HistoryQuery {
    /// Messages of the page.
    #[serde(default, deserialize_with = "number")]
    #[param(schema_with = limit_schema)]
    limit: Option<usize>,
    /// The id of the message to go on after.
    cursor: Option<String>,
    /// `backward`, the newest first, when it is not given.
    #[param(inline)]
    direction: Option<Way>,
    /// The id of a message: the page holds it and what was said around it, oldest first.
    #[param(value_type = Option<wire::schema::Id>)]
    around: Option<MessageId>,
}

/// List messages
///
/// The history of a conversation. `next_cursor` goes on in the same direction, `prev_cursor` in the other one.
#[utoipa::path(
    get, path = "/v1/conversations/{conversation}/messages", tag = "messages",
    params(("conversation" = wire::schema::Named, Path), HistoryQuery),
    responses((status = 200, description = "A page of messages.", body = Page<Message>)),
)]
pub(super) async fn list_messages(
    State(api): State<Api>,
    caller: Caller,
    ConversationPath(name): ConversationPath,
    Query(query): Query<HistoryQuery>,
) -> Answer<Response> {
    let asked = size(query.limit)?;
    let cursor = query.cursor.as_deref().map(message_id).transpose()?;
    let Some(middle) = query.around else {
        let direction = query.direction.map_or(Direction::Backward, Direction::from);
        return page::answer(asked, async |size| {
            run(&api, &caller, &name, cursor, direction, size).await
        })
        .await;
    };
    if cursor.is_some() || query.direction.is_some() {
        return Err(Error::invalid("around", "Not together with cursor or direction.").into());
    }
    page::answer(asked, async |size| {
        surroundings(&api, &caller, &name, middle, size).await
    })
    .await
}

async fn run(
    api: &Api,
    caller: &Caller,
    name: &ConversationName,
    cursor: Option<MessageId>,
    direction: Direction,
    size: PageSize,
) -> Result<Page<Message>> {
    let found = api
        .readers()
        .history(&caller.tenant, caller.actor, name, cursor, direction, size)
        .await?;
    let next_cursor = found
        .messages
        .last()
        .filter(|_| found.more)
        .map(|message| message.id.to_string());
    let prev_cursor = found
        .messages
        .first()
        .filter(|_| cursor.is_some())
        .map(|message| message.id.to_string());
    let data = shown(api, caller, found.messages).await?;
    Ok(Page {
        data,
        next_cursor,
        prev_cursor,
        has_more: found.more,
    })
}

async fn surroundings(
    api: &Api,
    caller: &Caller,
    name: &ConversationName,
    middle: Id<messaging::Message>,
    size: PageSize,
) -> Result<Page<Message>> {
    let found = around(&caller.tenant, caller.actor, name, middle, size).await?;
    let next_cursor = found
        .messages
        .last()
        .filter(|_| found.newer)
        .map(|message| message.id.to_string());
    let prev_cursor = found
        .messages
        .first()
        .filter(|_| found.older)
        .map(|message| message.id.to_string());
    let data = shown(api, caller, found.messages).await?;
    Ok(Page {
        data,
        next_cursor,
        prev_cursor,
        has_more: found.newer,
    })
}

fn message_id(cursor: &str) -> Result<MessageId> {
    let foreign = |_| {
        let mut failure = Error::invalid(
            "cursor",
            "The cursor is not the id of a message of this conversation.",
        );
        failure.code = ErrorCode::InvalidCursor;
        failure
    };
    cursor.parse().map_err(foreign)
}
