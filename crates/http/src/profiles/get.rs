use axum::Json;
use axum::extract::State;
use domain::profiles;
use domain::relationships::require_visible;
use wire::{Profile, WithIncludes};

use crate::api::Api;
use crate::expand::{ExpandParams, Expanding, NoQuery};
use crate::extract::{Caller, UserPath};
use crate::refusal::Answer;

/// Get a user's profile
///
/// Whoever may see the user sees name, picture and bio. The metadata are shown to the tenant's servers and to the user
/// only.
#[utoipa::path(
    get, path = "/v1/users/{user}/profile", tag = "profiles",
    params(("user" = wire::schema::Named, Path), ExpandParams),
    responses((status = 200, description = "The profile.", body = WithIncludes<Profile>)),
)]
pub(super) async fn get_profile(
    State(api): State<Api>,
    caller: Caller,
    UserPath(name): UserPath,
    Expanding(NoQuery {}, expand): Expanding<NoQuery>,
) -> Answer<Json<WithIncludes<Profile>>> {
    let card = api.cards().resolve(&caller.tenant, &name).await?;
    require_visible(&caller.tenant, caller.actor, card.id).await?;
    let profile = profiles::get(&caller.tenant, card.id).await?;
    let shown = Profile::of(&profile, &card, caller.actor.into())?;
    Ok(Json(api.expanded(&caller, expand, card.id, shown).await?))
}
