use axum::Json;
use axum::extract::State;
use domain::messaging::status;
use wire::{ListResponse, MessageStatus};

use crate::api::Api;
use crate::extract::{Caller, MessagePath};
use crate::refusal::Answer;

/// Get a message's status
///
/// How far the message has come with each participant but its sender; above 100 participants with the acting user only.
/// For participants and the tenant's servers.
#[utoipa::path(
    get, path = "/v1/messages/{message}/status", tag = "messages", params(("message" = wire::schema::Id, Path)),
    responses((status = 200, description = "One status for each user.", body = ListResponse<MessageStatus>)),
)]
pub(super) async fn get_message_status(
    State(api): State<Api>,
    caller: Caller,
    MessagePath(id): MessagePath,
) -> Answer<Json<ListResponse<MessageStatus>>> {
    let statuses = status(&caller.tenant, caller.actor, id).await?;
    let users = api
        .join(&caller.tenant, statuses.iter().map(|status| status.user))
        .await?;
    Ok(Json(ListResponse {
        data: statuses
            .iter()
            .map(|status| MessageStatus::of(status, &users))
            .collect(),
    }))
}
