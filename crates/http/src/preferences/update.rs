use axum::Json;
use axum::extract::State;
use domain::preferences;
use wire::{Preferences, PreferencesContent, PreferencesPatch};

use crate::api::Api;
use crate::extract::{Caller, Patch, UserPath};
use crate::refusal::Answer;

/// Change a user's preferences
///
/// A JSON Merge Patch (RFC 7396). For the tenant's servers and the user alone.
#[utoipa::path(
    patch, path = "/v1/users/{user}/preferences", tag = "preferences", params(("user" = wire::schema::Named, Path)),
    request_body(content((PreferencesPatch = "application/json"), (PreferencesPatch = "application/merge-patch+json"))),
    responses((status = 200, description = "The preferences.", body = Preferences)),
)]
pub(super) async fn update_preferences(
    State(api): State<Api>,
    caller: Caller,
    UserPath(name): UserPath,
    Patch(patch): Patch<PreferencesContent>,
) -> Answer<Json<Preferences>> {
    let user = api.cards().resolve(&caller.tenant, &name).await?.id;
    let change =
        |present: preferences::PreferencesContent| Ok(patch.applied(&present.into())?.into());
    let changed =
        preferences::update(&caller.tenant, caller.actor, user, patch.version, change).await?;
    Ok(Json(Preferences::of(&changed)))
}
