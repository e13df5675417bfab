use axum::http::StatusCode;
use domain::messaging;

use crate::extract::{Caller, ParticipantPath};
use crate::refusal::Answer;

/// Remove a participant
///
/// The user reads on up to the removal; no message of theirs stands after it. For admins and owners of the
/// conversation and the tenant's servers; an owner is removed by an owner or a server. If a server
/// removes the last owner, the admin who takes part for the longest time, or else the member, becomes owner first; the
/// last owner cannot remove themselves (409 `last_owner`).
#[utoipa::path(
    delete, path = "/v1/conversations/{conversation}/participants/{user}", tag = "participants",
    params(("conversation" = wire::schema::Named, Path), ("user" = wire::schema::Named, Path)),
    responses((status = 204, description = "Removed.")),
)]
pub(super) async fn remove_participant(
    caller: Caller,
    ParticipantPath(name, user): ParticipantPath,
) -> Answer<StatusCode> {
    messaging::remove_participant(&caller.tenant, caller.actor, &name, &user).await?;
    Ok(StatusCode::NO_CONTENT)
}
