use axum::Json;
use axum::extract::State;
use domain::messaging::relate;
use wire::{Relationship, RelationshipChange};

use super::named;
use crate::api::Api;
use crate::extract::{Body, Caller, OtherPath};
use crate::refusal::Answer;

/// Change a relationship
///
/// Requests, accepts, declines or cancels a friendship, ends it, blocks or unblocks. Both sides change at once; what is
/// so already stays, so a request may be repeated. Once a block is answered no direct message between the two stands
/// behind it. For the tenant's servers and the user alone.
#[utoipa::path(
    post, path = "/v1/users/{user}/relationships/{other}", tag = "relationships",
    params(("user" = wire::schema::Named, Path), ("other" = wire::schema::Named, Path)),
    request_body = RelationshipChange,
    responses((status = 200, description = "The user's side.", body = Relationship)),
)]
pub(super) async fn change_relationship(
    State(api): State<Api>,
    caller: Caller,
    OtherPath(user, other): OtherPath,
    Body(change): Body<RelationshipChange>,
) -> Answer<Json<Relationship>> {
    let (user, other) = named(&caller, &user, &other).await?;
    let side = relate(&caller.tenant, user, other, change.action.into()).await?;
    let users = api.join(&caller.tenant, [other]).await?;
    Ok(Json(Relationship::of(&side, &users)))
}
