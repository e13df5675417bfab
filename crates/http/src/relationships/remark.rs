use axum::Json;
use axum::extract::State;
use domain::relationships::remark;
use wire::{Relationship, RelationshipPatch};

use super::named;
use crate::api::Api;
use crate::extract::{Body, Caller, OtherPath};
use crate::refusal::Answer;

/// Note something of another user
///
/// A remark, and whether they are a favourite. The other is not told. For the tenant's servers and the user alone.
#[utoipa::path(
    patch, path = "/v1/users/{user}/relationships/{other}", tag = "relationships",
    params(("user" = wire::schema::Named, Path), ("other" = wire::schema::Named, Path)),
    request_body = RelationshipPatch,
    responses((status = 200, description = "The user's side.", body = Relationship)),
)]
pub(super) async fn update_relationship(
    State(api): State<Api>,
    caller: Caller,
    OtherPath(user, other): OtherPath,
    Body(patch): Body<RelationshipPatch>,
) -> Answer<Json<Relationship>> {
    let (user, other) = named(&caller, &user, &other).await?;
    let side = remark(&caller.tenant, user, other, patch.into()).await?;
    let users = api.join(&caller.tenant, [other]).await?;
    Ok(Json(Relationship::of(&side, &users)))
}
