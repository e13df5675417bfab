use axum::Json;
use axum::extract::State;
use domain::messaging::react;
use wire::Message;

use crate::api::Api;
use crate::extract::{Caller, ReactionPath};
use crate::messages::one;
use crate::refusal::Answer;

/// Add a reaction
///
/// One emoji, or `:name:`. A reaction that is there already stays.
#[utoipa::path(
    put, path = "/v1/messages/{message}/reactions/{emoji}", tag = "reactions",
    params(("message" = wire::schema::Id, Path), ("emoji" = wire::schema::Emoji, Path)),
    responses((status = 200, description = "The message.", body = Message)),
)]
pub(super) async fn add_reaction(
    State(api): State<Api>,
    caller: Caller,
    ReactionPath(id, emoji): ReactionPath,
) -> Answer<Json<Message>> {
    let message = react(&caller.tenant, caller.actor, id, &emoji).await?;
    Ok(Json(one(&api, &caller, message).await?))
}
