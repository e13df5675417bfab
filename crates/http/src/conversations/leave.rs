use axum::http::StatusCode;
use domain::messaging::leave;

use crate::extract::{Caller, ConversationPath};
use crate::refusal::Answer;

/// Leave a conversation
///
/// Ends the acting user's part in a group or channel. What was said until then stays readable.
/// The last owner cannot leave while others take part (409 `last_owner`).
#[utoipa::path(
    post, path = "/v1/conversations/{conversation}/leave", tag = "participants",
    params(("conversation" = wire::schema::Named, Path)), responses((status = 204, description = "Left.")),
)]
pub(super) async fn leave_conversation(
    caller: Caller,
    ConversationPath(name): ConversationPath,
) -> Answer<StatusCode> {
    leave(&caller.tenant, caller.actor, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}
