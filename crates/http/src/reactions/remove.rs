use axum::Json;
use axum::extract::State;
use domain::messaging::unreact;
use wire::Message;

use crate::api::Api;
use crate::extract::{Caller, ReactionPath};
use crate::messages::one;
use crate::refusal::Answer;

/// Take a reaction back
///
/// The acting user's own.
#[utoipa::path(
    delete, path = "/v1/messages/{message}/reactions/{emoji}", tag = "reactions",
    params(("message" = wire::schema::Id, Path), ("emoji" = wire::schema::Emoji, Path)),
    responses((status = 200, description = "The message.", body = Message)),
)]
pub(super) async fn remove_reaction(
    State(api): State<Api>,
    caller: Caller,
    ReactionPath(id, emoji): ReactionPath,
) -> Answer<Json<Message>> {
    let message = unreact(&caller.tenant, caller.actor, id, &emoji).await?;
    Ok(Json(one(&api, &caller, message).await?))
}
