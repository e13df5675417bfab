use axum::Json;
use axum::extract::State;
use domain::profiles;
use wire::{Profile, ProfileContent, ProfilePatch};

use crate::api::Api;
use crate::extract::{Caller, Patch, UserPath};
use crate::refusal::Answer;

/// Change a user's profile
///
/// A JSON Merge Patch (RFC 7396). A user changes their own profile, a server any. Name and picture are the user's:
/// change them there.
#[utoipa::path(
    patch, path = "/v1/users/{user}/profile", tag = "profiles", params(("user" = wire::schema::Named, Path)),
    request_body(content((ProfilePatch = "application/json"), (ProfilePatch = "application/merge-patch+json"))),
    responses((status = 200, description = "The profile.", body = Profile)),
)]
pub(super) async fn update_profile(
    State(api): State<Api>,
    caller: Caller,
    UserPath(name): UserPath,
    Patch(patch): Patch<ProfileContent>,
) -> Answer<Json<Profile>> {
    let card = api.cards().resolve(&caller.tenant, &name).await?;
    let change = |present| Ok(patch.applied(&ProfileContent::of(present)?)?.into());
    let profile =
        profiles::update(&caller.tenant, caller.actor, card.id, patch.version, change).await?;
    Ok(Json(Profile::of(&profile, &card, caller.actor.into())?))
}
