use axum::http::StatusCode;
use domain::messaging;

use crate::extract::{Caller, MessagePath};
use crate::refusal::Answer;

/// Delete a message
///
/// What it said is wiped; its place in the log stays. For its sender, admins and owners of the conversation, and the
/// tenant's servers. Under a legal hold it is 409 `legal_hold`.
#[utoipa::path(
    delete, path = "/v1/messages/{message}", tag = "messages", params(("message" = wire::schema::Id, Path)),
    responses((status = 204, description = "Deleted.")),
)]
pub(super) async fn delete_message(
    caller: Caller,
    MessagePath(id): MessagePath,
) -> Answer<StatusCode> {
    messaging::delete_message(&caller.tenant, caller.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
