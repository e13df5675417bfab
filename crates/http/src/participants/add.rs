use axum::Json;
use axum::extract::State;
use base::{Error, limit};
use domain::messaging::{self, Role};
use wire::{ListResponse, NewParticipants, Participant};

use crate::api::Api;
use crate::extract::{Body, Caller, ConversationPath};
use crate::refusal::Answer;

/// Add participants
///
/// Adds users to a group or channel. Users who take part already are answered as they are. For admins and owners of
/// the conversation and the tenant's servers.
#[utoipa::path(
    post, path = "/v1/conversations/{conversation}/participants", tag = "participants",
    params(("conversation" = wire::schema::Named, Path)), request_body = NewParticipants,
    responses((status = 200, description = "The users' parts.", body = ListResponse<Participant>)),
)]
pub(super) async fn add_participants(
    State(api): State<Api>,
    caller: Caller,
    ConversationPath(name): ConversationPath,
    Body(new): Body<NewParticipants>,
) -> Answer<Json<ListResponse<Participant>>> {
    if new.participants.is_empty() || new.participants.len() > limit::BATCH {
        let told = format!("Expected 1 to {} entries.", limit::BATCH);
        return Err(Error::invalid("/participants", told).into());
    }
    let role = new.role.map_or(Role::Member, Role::from);
    let parts =
        messaging::add_participants(&caller.tenant, caller.actor, &name, &new.participants, role)
            .await?;
    let users = api
        .join(&caller.tenant, parts.iter().map(|part| part.user_id))
        .await?;
    Ok(Json(ListResponse {
        data: parts
            .iter()
            .map(|part| Participant::of(part, &users))
            .collect(),
    }))
}
