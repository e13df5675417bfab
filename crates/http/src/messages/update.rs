use axum::Json;
use axum::extract::State;
use domain::messaging::{EditedMessage, edit};
use wire::{Message, MessagePatch};

use super::one;
use crate::api::Api;
use crate::extract::{Body, Caller, MessagePath};
use crate::refusal::Answer;

/// Edit a message
///
/// Only the given fields change; `null` clears. For its sender. What stood before is kept with the message.
#[utoipa::path(
    patch, path = "/v1/messages/{message}", tag = "messages", params(("message" = wire::schema::Id, Path)),
    request_body = MessagePatch, responses((status = 200, description = "The message.", body = Message)),
)]
pub(super) async fn update_message(
    State(api): State<Api>,
    caller: Caller,
    MessagePath(id): MessagePath,
    Body(patch): Body<MessagePatch>,
) -> Answer<Json<Message>> {
    let changes = EditedMessage {
        by_server: caller.has_api_key(),
        ..patch.into()
    };
    let message = edit(&caller.tenant, caller.actor, id, changes).await?;
    Ok(Json(one(&api, &caller, message).await?))
}
