use axum::Json;
use axum::extract::State;
use domain::messaging;
use wire::{Conversation, ConversationPatch};

use super::shown::one;
use crate::api::Api;
use crate::extract::{Body, Caller, ConversationPath};
use crate::refusal::Answer;

/// Change a conversation
///
/// Only the given fields change; `null` clears. For admins and owners of the conversation and the tenant's servers.
#[utoipa::path(
    patch, path = "/v1/conversations/{conversation}", tag = "conversations",
    params(("conversation" = wire::schema::Named, Path)), request_body = ConversationPatch,
    responses((status = 200, description = "The conversation.", body = Conversation)),
)]
pub(super) async fn update_conversation(
    State(api): State<Api>,
    caller: Caller,
    ConversationPath(name): ConversationPath,
    Body(patch): Body<ConversationPatch>,
) -> Answer<Json<Conversation>> {
    let view =
        messaging::update_conversation(&caller.tenant, caller.actor, &name, patch.into()).await?;
    Ok(Json(one(&api, &caller, view).await?))
}
