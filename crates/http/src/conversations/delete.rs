use axum::http::StatusCode;
use domain::messaging;

use crate::extract::{Caller, ConversationPath};
use crate::refusal::Answer;

/// Delete a conversation
///
/// For its owners and the tenant's servers. Its `external_id` is free again. Under a legal hold it is 409
/// `legal_hold`.
#[utoipa::path(
    delete, path = "/v1/conversations/{conversation}", tag = "conversations",
    params(("conversation" = wire::schema::Named, Path)), responses((status = 204, description = "Deleted.")),
)]
pub(super) async fn delete_conversation(
    caller: Caller,
    ConversationPath(name): ConversationPath,
) -> Answer<StatusCode> {
    messaging::delete_conversation(&caller.tenant, caller.actor, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}
