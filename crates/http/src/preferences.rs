//! Preferences of users: `/v1/users/{user}/preferences`.

use axum::Json;
use axum::extract::State;
use domain::auth::AuthContext;
use domain::preferences;
use wire::{Preferences, PreferencesContent, PreferencesPatch, WithIncludes};

use crate::error::ApiResult;
use crate::expand::{ExpandParams, QueryWithExpand};
use crate::extract::{NoQuery, Patch, UserPath};
use crate::routes::{Routes, routes};
use crate::state::AppState;

/// Get a user's preferences
///
/// Returns the preferences of the user, or the defaults if they were never changed. Requires
/// `users:read`. Users may call this for themselves only; otherwise it fails with 403 `forbidden`.
#[utoipa::path(
    get, path = "/v1/users/{user}/preferences", tag = "preferences",
    params(("user" = wire::schema::Named, Path), ExpandParams),
    responses((status = 200, description = "The preferences.", body = WithIncludes<Preferences>)),
)]
async fn get_preferences(
    State(state): State<AppState>,
    auth: AuthContext,
    UserPath(name): UserPath,
    QueryWithExpand(NoQuery {}, expand): QueryWithExpand<NoQuery>,
) -> ApiResult<Json<WithIncludes<Preferences>>> {
    let user = state.user_cache().resolve(&auth.tenant, &name).await?.id;
    let preferences = Preferences::of(&preferences::get(&auth.tenant, auth.actor, user).await?);
    Ok(Json(
        state.expanded(&auth, expand, user, preferences).await?,
    ))
}

/// Update a user's preferences
///
/// Applies a JSON Merge Patch (RFC 7396). Fails with 409 `version_conflict` if `version` is given
/// and is not the current one. Requires `users:write`. Users may call this for themselves only;
/// otherwise it fails with 403 `forbidden`.
#[utoipa::path(
    patch, path = "/v1/users/{user}/preferences", tag = "preferences", params(("user" = wire::schema::Named, Path)),
    request_body(content((PreferencesPatch = "application/json"), (PreferencesPatch = "application/merge-patch+json"))),
    responses((status = 200, description = "The preferences.", body = Preferences)),
)]
async fn update_preferences(
    State(state): State<AppState>,
    auth: AuthContext,
    UserPath(name): UserPath,
    Patch(patch): Patch<PreferencesContent>,
) -> ApiResult<Json<Preferences>> {
    let user = state.user_cache().resolve(&auth.tenant, &name).await?.id;
    let change =
        |current: preferences::PreferencesContent| Ok(patch.applied(&current.into())?.into());
    let preferences =
        preferences::update(&auth.tenant, auth.actor, user, patch.version, change).await?;
    Ok(Json(Preferences::of(&preferences)))
}

pub(crate) fn routes() -> Routes {
    routes![
        "preferences": "Preferences of users: appearance, language, notifications and dashboard.";
        get_preferences: Caller [UsersRead],
        update_preferences: Caller [UsersWrite],
    ]
}
