//! Messages: `/v1/conversations/{conversation}/messages` and `/v1/messages`.

use std::mem;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use base::{Direction, Error, ErrorCode, Id, PageSize, Result};
use domain::Actor;
use domain::auth::AuthContext;
use domain::messaging::{self, Draft, EditedMessage, around, edit, sent_by, status};
use serde::Deserialize;
use utoipa::IntoParams;
use wire::{
    ConversationName, ListResponse, Message, MessageId, MessagePatch, MessageStatus, NewMessage,
    Page,
};

use crate::cursor::ListCursors;
use crate::error::ApiResult;
use crate::extract::{
    Body, ConversationPath, IdempotencyKey, MessagePath, PageQuery, Paged, Query, UserPath,
};
use crate::page;
use crate::render::{self, replay_headers};
use crate::routes::{Routes, routes};
use crate::state::AppState;

/// Position in a history.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct HistoryQuery {
    /// Id of a message to return with its neighbours, oldest first. Not allowed together with `cursor` or `direction`.
    #[param(value_type = Option<wire::schema::Id>)]
    around: Option<MessageId>,
}

/// List messages
///
/// Returns the messages of a conversation, newest first by default. The cursor is the id of a
/// message of this conversation; `next_cursor` continues in the same direction, `prev_cursor` in
/// the opposite one. With `around`, the page has that message and its neighbours, oldest first.
/// Requires `messages:read`; users must participate, or have participated.
#[utoipa::path(
    get, path = "/v1/conversations/{conversation}/messages", tag = "messages",
    params(("conversation" = wire::schema::Named, Path), HistoryQuery, PageQuery),
    responses((status = 200, description = "A page of messages.", body = Page<Message>)),
)]
async fn list_messages(
    State(state): State<AppState>,
    auth: AuthContext,
    ConversationPath(name): ConversationPath,
    Paged(query, page): Paged<HistoryQuery>,
) -> ApiResult<Response> {
    let size = page.size()?;
    let cursor = page.cursor.as_deref().map(message_id).transpose()?;
    let Some(center) = query.around else {
        let direction = page.direction_or(Direction::Backward);
        return page::respond(size, async |size| {
            history(&state, &auth, &name, cursor, direction, size).await
        })
        .await;
    };
    if cursor.is_some() || page.has_direction() {
        return Err(
            Error::invalid("around", "Not allowed together with cursor or direction.").into(),
        );
    }
    page::respond(size, async |size| {
        page_around(&state, &auth, &name, center, size).await
    })
    .await
}

async fn history(
    state: &AppState,
    auth: &AuthContext,
    name: &ConversationName,
    cursor: Option<MessageId>,
    direction: Direction,
    size: PageSize,
) -> Result<Page<Message>> {
    let found = state
        .history_reader()
        .history(&auth.tenant, auth.actor, name, cursor, direction, size)
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
    let data = render::messages(state, auth, found.messages).await?;
    Ok(Page {
        data,
        next_cursor,
        prev_cursor,
        has_more: found.more,
    })
}

async fn page_around(
    state: &AppState,
    auth: &AuthContext,
    name: &ConversationName,
    center: Id<messaging::Message>,
    size: PageSize,
) -> Result<Page<Message>> {
    let found = around(&auth.tenant, auth.actor, name, center, size).await?;
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
    let data = render::messages(state, auth, found.messages).await?;
    Ok(Page {
        data,
        next_cursor,
        prev_cursor,
        has_more: found.newer,
    })
}

fn message_id(cursor: &str) -> Result<MessageId> {
    let invalid = |_| {
        let mut error = Error::invalid(
            "cursor",
            "The cursor must be the id of a message of this conversation.",
        );
        error.code = ErrorCode::InvalidCursor;
        error
    };
    cursor.parse().map_err(invalid)
}

/// List a user's messages
///
/// Returns the messages that a user sent in all conversations, newest first by default. Requires
/// `messages:read`. Users may call this for themselves only; otherwise it fails with 403
/// `forbidden`.
#[utoipa::path(
    get, path = "/v1/users/{user}/messages", tag = "messages",
    params(("user" = wire::schema::Named, Path), PageQuery),
    responses((status = 200, description = "A page of messages.", body = Page<Message>)),
)]
async fn list_messages_of_user(
    State(state): State<AppState>,
    auth: AuthContext,
    UserPath(name): UserPath,
    Query(page): Query<PageQuery>,
) -> ApiResult<Response> {
    let user = state.user_cache().resolve(&auth.tenant, &name).await?.id;
    if !matches!(auth.actor, Actor::Server) && auth.actor != Actor::User(user) {
        return Err(Error::new(
            ErrorCode::Forbidden,
            "Users may list only their own messages.",
        )
        .into());
    }
    let direction = page.direction_or(Direction::Backward);
    let cursors = ListCursors::new(
        &state,
        &auth,
        "list_messages_of_user",
        &user.to_string(),
        direction,
    );
    let after = cursors.decode(page.cursor.as_deref())?;
    page::respond(page.size()?, async |size| {
        let mut found = sent_by(
            &auth.tenant,
            auth.actor,
            user,
            after.clone(),
            direction,
            size,
        )
        .await?;
        let data = render::messages(&state, &auth, mem::take(&mut found.items)).await?;
        Ok(cursors.page(&found, data))
    })
    .await
}

/// Send a message
///
/// Stores a message and returns once it is durable. A repeated request with the same
/// `client_message_id` returns the first message with `Idempotent-Replayed: true`; the header
/// `Idempotency-Key` may be used instead. Without either, it is unknown whether a request that
/// failed with 503 stored the message. Fails with 409 `client_message_id_reused` if the content
/// differs from that of the first message. Requires `messages:write` and an acting user who may
/// post in the conversation.
#[utoipa::path(
    post, path = "/v1/conversations/{conversation}/messages", tag = "messages",
    params(("conversation" = wire::schema::Named, Path), ("Idempotency-Key" = Option<wire::schema::IdempotencyKey>, Header)),
    request_body = NewMessage, responses((status = 201, description = "The message.", body = Message)),
)]
async fn send_message(
    State(state): State<AppState>,
    auth: AuthContext,
    ConversationPath(name): ConversationPath,
    IdempotencyKey(key): IdempotencyKey,
    Body(new): Body<NewMessage>,
) -> ApiResult<(StatusCode, HeaderMap, Json<Message>)> {
    let mut draft = Draft::from(new);
    draft.client_message_id = draft.client_message_id.or(key);
    draft.by_server = auth.has_api_key();
    let sent = state
        .message_sender()
        .send(&auth.tenant, auth.actor, &name, draft)
        .await?;
    let message = if sent.replayed {
        render::message(&state, &auth, sent.message).await?
    } else {
        render::new_message(&state, &auth, sent.message).await?
    };
    let headers = replay_headers(sent.replayed);
    Ok((StatusCode::CREATED, headers, Json(message)))
}

/// Get a message
///
/// Returns a message. A deleted message has neither content nor attachments. Former participants
/// get the message as it was when they left. Requires `messages:read`.
#[utoipa::path(
    get, path = "/v1/messages/{message}", tag = "messages", params(("message" = wire::schema::Id, Path)),
    responses((status = 200, description = "The message.", body = Message)),
)]
async fn get_message(
    State(state): State<AppState>,
    auth: AuthContext,
    MessagePath(id): MessagePath,
) -> ApiResult<Json<Message>> {
    let (message, _) = messaging::get_message(&auth.tenant, auth.actor, id).await?;
    Ok(Json(render::message(&state, &auth, message).await?))
}

/// Edit a message
///
/// Updates the given fields; omitted fields keep their value, and `null` clears a field. Only the
/// sender may edit a message. The previous version is kept in the message's history. Fails with 409
/// `version_conflict` if `version` is given and is not the current one. Requires `messages:write`
/// and an acting user.
#[utoipa::path(
    patch, path = "/v1/messages/{message}", tag = "messages", params(("message" = wire::schema::Id, Path)),
    request_body = MessagePatch, responses((status = 200, description = "The message.", body = Message)),
)]
async fn update_message(
    State(state): State<AppState>,
    auth: AuthContext,
    MessagePath(id): MessagePath,
    Body(patch): Body<MessagePatch>,
) -> ApiResult<Json<Message>> {
    let changes = EditedMessage {
        by_server: auth.has_api_key(),
        ..patch.into()
    };
    let message = edit(&auth.tenant, auth.actor, id, changes).await?;
    Ok(Json(render::message(&state, &auth, message).await?))
}

/// Delete a message
///
/// Deletes content, attachments, metadata and history. The message keeps its number in the log.
/// Fails with 409 `legal_hold` if a legal hold applies. Requires `messages:write`; users must be
/// its sender, or an owner or admin of the conversation.
#[utoipa::path(
    delete, path = "/v1/messages/{message}", tag = "messages", params(("message" = wire::schema::Id, Path)),
    responses((status = 204, description = "The message is deleted.")),
)]
async fn delete_message(auth: AuthContext, MessagePath(id): MessagePath) -> ApiResult<StatusCode> {
    messaging::delete_message(&auth.tenant, auth.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Get a message's delivery status
///
/// Returns the status of the message for each participant except its sender. In conversations with
/// more than 100 participants, only that of the acting user is returned. Requires `messages:read`;
/// users must participate.
#[utoipa::path(
    get, path = "/v1/messages/{message}/status", tag = "messages", params(("message" = wire::schema::Id, Path)),
    responses((status = 200, description = "One status for each participant.", body = ListResponse<MessageStatus>)),
)]
async fn get_message_status(
    State(state): State<AppState>,
    auth: AuthContext,
    MessagePath(id): MessagePath,
) -> ApiResult<Json<ListResponse<MessageStatus>>> {
    let statuses = status(&auth.tenant, auth.actor, id).await?;
    let users = state
        .user_map(&auth.tenant, statuses.iter().map(|status| status.user))
        .await?;
    Ok(Json(ListResponse {
        data: statuses
            .iter()
            .map(|status| MessageStatus::of(status, &users))
            .collect(),
    }))
}

pub(crate) fn routes() -> Routes {
    routes![
        "messages": "Send, edit, list and delete messages.";
        list_messages: Caller [MessagesRead],
        list_messages_of_user: Caller [MessagesRead],
        send_message: User [MessagesWrite],
        get_message: Caller [MessagesRead],
        update_message: User [MessagesWrite],
        delete_message: Caller [MessagesWrite],
        get_message_status: Caller [MessagesRead],
    ]
}
