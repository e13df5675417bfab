use axum::Json;
use axum::extract::State;
use domain::messaging;
use wire::Message;

use super::one;
use crate::api::Api;
use crate::extract::{Caller, MessagePath};
use crate::refusal::Answer;

/// Get a message
///
/// A deleted message is answered without what it said. Who left or was removed gets the message as of then.
#[utoipa::path(
    get, path = "/v1/messages/{message}", tag = "messages", params(("message" = wire::schema::Id, Path)),
    responses((status = 200, description = "The message.", body = Message)),
)]
pub(super) async fn get_message(
    State(api): State<Api>,
    caller: Caller,
    MessagePath(id): MessagePath,
) -> Answer<Json<Message>> {
    let (message, _) = messaging::get_message(&caller.tenant, caller.actor, id).await?;
    Ok(Json(one(&api, &caller, message).await?))
}
