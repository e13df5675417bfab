use axum::Json;
use domain::messaging;
use domain::retention::{self, RetentionSubject};
use wire::Retention;

use crate::extract::{Caller, ConversationPath};
use crate::refusal::Answer;

/// Get a conversation's retention
///
/// Its own days, where it has some, and whether a legal hold lies on it. A deleted conversation is found by its id.
#[utoipa::path(
    get, path = "/v1/conversations/{conversation}/retention", tag = "conversations",
    params(("conversation" = wire::schema::Named, Path)),
    responses((status = 200, description = "The retention.", body = Retention)),
)]
pub(super) async fn get_retention_of_conversation(
    caller: Caller,
    ConversationPath(name): ConversationPath,
) -> Answer<Json<Retention>> {
    let whose =
        RetentionSubject::Conversation(messaging::find_even_deleted(&caller.tenant, &name).await?);
    let rule = retention::get(&caller.tenant, whose).await?;
    Ok(Json(Retention::of(&rule)))
}
