use axum::Json;
use axum::extract::State;
use domain::messaging;
use wire::Conversation;

use super::shown::one;
use crate::api::Api;
use crate::extract::{Caller, ConversationPath};
use crate::refusal::Answer;

/// Get a conversation
///
/// A user gets the conversations they take or took part in, and public channels. Who left or was removed gets the
/// conversation as of then: without `participant_count`, and without name, avatar and metadata if it was changed since.
#[utoipa::path(
    get, path = "/v1/conversations/{conversation}", tag = "conversations",
    params(("conversation" = wire::schema::Named, Path)),
    responses((status = 200, description = "The conversation.", body = Conversation)),
)]
pub(super) async fn get_conversation(
    State(api): State<Api>,
    caller: Caller,
    ConversationPath(name): ConversationPath,
) -> Answer<Json<Conversation>> {
    let view = messaging::get_conversation(&caller.tenant, caller.actor, &name).await?;
    Ok(Json(one(&api, &caller, view).await?))
}
