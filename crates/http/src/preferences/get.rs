use axum::Json;
use axum::extract::State;
use domain::preferences;
use wire::{Preferences, WithIncludes};

use crate::api::Api;
use crate::expand::{ExpandParams, Expanding, NoQuery};
use crate::extract::{Caller, UserPath};
use crate::refusal::Answer;

/// Get a user's preferences
///
/// For the tenant's servers and the user alone.
#[utoipa::path(
    get, path = "/v1/users/{user}/preferences", tag = "preferences",
    params(("user" = wire::schema::Named, Path), ExpandParams),
    responses((status = 200, description = "The preferences.", body = WithIncludes<Preferences>)),
)]
pub(super) async fn get_preferences(
    State(api): State<Api>,
    caller: Caller,
    UserPath(name): UserPath,
    Expanding(NoQuery {}, expand): Expanding<NoQuery>,
) -> Answer<Json<WithIncludes<Preferences>>> {
    let user = api.cards().resolve(&caller.tenant, &name).await?.id;
    let shown = Preferences::of(&preferences::get(&caller.tenant, caller.actor, user).await?);
    Ok(Json(api.expanded(&caller, expand, user, shown).await?))
}
