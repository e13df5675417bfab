use axum::Json;
use axum::extract::State;
use domain::relationships::get;
use wire::Relationship;

use super::named;
use crate::api::Api;
use crate::extract::{Caller, OtherPath};
use crate::refusal::Answer;

/// Get a relationship
///
/// How a user stands to another; `none` when nothing is said. For the tenant's servers and the user alone.
#[utoipa::path(
    get, path = "/v1/users/{user}/relationships/{other}", tag = "relationships",
    params(("user" = wire::schema::Named, Path), ("other" = wire::schema::Named, Path)),
    responses((status = 200, description = "The user's side.", body = Relationship)),
)]
pub(super) async fn get_relationship(
    State(api): State<Api>,
    caller: Caller,
    OtherPath(user, other): OtherPath,
) -> Answer<Json<Relationship>> {
    let (user, other) = named(&caller, &user, &other).await?;
    let side = get(&caller.tenant, user, other).await?;
    let users = api.join(&caller.tenant, [other]).await?;
    Ok(Json(Relationship::of(&side, &users)))
}
