use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use domain::messaging::Draft;
use wire::{Message, NewMessage};

use super::{fresh, one};
use crate::api::Api;
use crate::extract::{Body, Caller, ConversationPath, IdempotencyKey};
use crate::refusal::Answer;

/// Send a message
///
/// Answered once the message is durable. With a `client_message_id`, or an `Idempotency-Key` in its place, a repeated
/// request is answered with the first message and `Idempotent-Replayed: true`; without either, the outcome of a
/// request that failed with 503 is unclear. Other content under the same id is 409 `client_message_id_reused`.
#[utoipa::path(
    post, path = "/v1/conversations/{conversation}/messages", tag = "messages",
    params(("conversation" = wire::schema::Named, Path), ("Idempotency-Key" = Option<wire::schema::IdempotencyKey>, Header)),
    request_body = NewMessage, responses((status = 201, description = "The message.", body = Message)),
)]
pub(super) async fn send_message(
    State(api): State<Api>,
    caller: Caller,
    ConversationPath(name): ConversationPath,
    IdempotencyKey(key): IdempotencyKey,
    Body(new): Body<NewMessage>,
) -> Answer<(StatusCode, HeaderMap, Json<Message>)> {
    let mut draft = Draft::from(new);
    draft.client_message_id = draft.client_message_id.or(key);
    draft.by_server = caller.has_api_key();
    let sent = api
        .sends()
        .send(&caller.tenant, caller.actor, &name, draft)
        .await?;
    let mut headers = HeaderMap::new();
    if !sent.replayed {
        return Ok((
            StatusCode::CREATED,
            headers,
            Json(fresh(&api, &caller, sent.message).await?),
        ));
    }
    headers.insert("idempotent-replayed", HeaderValue::from_static("true"));
    Ok((
        StatusCode::CREATED,
        headers,
        Json(one(&api, &caller, sent.message).await?),
    ))
}
