use axum::Json;
use axum::extract::State;
use domain::messaging::set_role;
use wire::{Participant, ParticipantPatch};

use crate::api::Api;
use crate::extract::{Body, Caller, ParticipantPath};
use crate::refusal::Answer;

/// Change a participant's role
///
/// For admins and owners of the conversation and the tenant's servers; to or from `owner` for owners and servers. The
/// last owner keeps the role (409 `last_owner`) until another participant has it.
#[utoipa::path(
    patch, path = "/v1/conversations/{conversation}/participants/{user}", tag = "participants",
    params(("conversation" = wire::schema::Named, Path), ("user" = wire::schema::Named, Path)),
    request_body = ParticipantPatch, responses((status = 200, description = "The user's part.", body = Participant)),
)]
pub(super) async fn update_participant(
    State(api): State<Api>,
    caller: Caller,
    ParticipantPath(name, user): ParticipantPath,
    Body(patch): Body<ParticipantPatch>,
) -> Answer<Json<Participant>> {
    let part = set_role(
        &caller.tenant,
        caller.actor,
        &name,
        &user,
        patch.role.into(),
    )
    .await?;
    let users = api.join(&caller.tenant, [part.user_id]).await?;
    Ok(Json(Participant::of(&part, &users)))
}
