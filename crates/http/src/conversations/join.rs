use axum::Json;
use axum::extract::State;
use domain::messaging::join;
use wire::Participant;

use crate::api::Api;
use crate::extract::{Caller, ConversationPath};
use crate::refusal::Answer;

/// Join a channel
///
/// Makes the acting user take part in a public channel. Joining again changes nothing.
#[utoipa::path(
    post, path = "/v1/conversations/{conversation}/join", tag = "participants",
    params(("conversation" = wire::schema::Named, Path)),
    responses((status = 200, description = "The user's part.", body = Participant)),
)]
pub(super) async fn join_conversation(
    State(api): State<Api>,
    caller: Caller,
    ConversationPath(name): ConversationPath,
) -> Answer<Json<Participant>> {
    let part = join(&caller.tenant, caller.actor, &name).await?;
    let users = api.join(&caller.tenant, [part.user_id]).await?;
    Ok(Json(Participant::of(&part, &users)))
}
