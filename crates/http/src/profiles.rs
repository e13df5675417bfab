//! Profiles of users: `/v1/users/{user}/profile`.

use axum::Json;
use axum::extract::State;
use domain::auth::AuthContext;
use domain::relationships::require_visible;
use domain::users::profile;
use wire::{Profile, ProfileContent, ProfilePatch, WithIncludes};

use crate::error::ApiResult;
use crate::expand::{ExpandParams, QueryWithExpand};
use crate::extract::{NoQuery, Patch, UserPath};
use crate::routes::{Routes, routes};
use crate::state::AppState;

/// Get a user's profile
///
/// Returns the profile, which exists for every user. `metadata` is returned to the tenant's servers
/// and to the user only. Fails with 404 `user_not_found` if one of the two users blocks the other.
/// Requires `users:read`.
#[utoipa::path(
    get, path = "/v1/users/{user}/profile", tag = "profiles",
    params(("user" = wire::schema::Named, Path), ExpandParams),
    responses((status = 200, description = "The profile.", body = WithIncludes<Profile>)),
)]
async fn get_profile(
    State(state): State<AppState>,
    auth: AuthContext,
    UserPath(name): UserPath,
    QueryWithExpand(NoQuery {}, expand): QueryWithExpand<NoQuery>,
) -> ApiResult<Json<WithIncludes<Profile>>> {
    let user = state.user_cache().resolve(&auth.tenant, &name).await?;
    require_visible(&auth.tenant, auth.actor, user.id).await?;
    let profile = profile::get(&auth.tenant, user.id).await?;
    let profile = Profile::of(&profile, &user, auth.actor.into())?;
    Ok(Json(state.expanded(&auth, expand, user.id, profile).await?))
}

/// Update a user's profile
///
/// Applies a JSON Merge Patch (RFC 7396). Name and avatar belong to the user; update them with
/// `PATCH /v1/users/{user}`. Fails with 409 `version_conflict` if `version` is given and is not the
/// current one. Requires `users:write`. Users may call this for themselves only; otherwise it fails
/// with 403 `forbidden`.
#[utoipa::path(
    patch, path = "/v1/users/{user}/profile", tag = "profiles", params(("user" = wire::schema::Named, Path)),
    request_body(content((ProfilePatch = "application/json"), (ProfilePatch = "application/merge-patch+json"))),
    responses((status = 200, description = "The profile.", body = Profile)),
)]
async fn update_profile(
    State(state): State<AppState>,
    auth: AuthContext,
    UserPath(name): UserPath,
    Patch(patch): Patch<ProfileContent>,
) -> ApiResult<Json<Profile>> {
    let user = state.user_cache().resolve(&auth.tenant, &name).await?;
    let change = |current| Ok(patch.applied(&ProfileContent::of(current)?)?.into());
    let profile = profile::update(&auth.tenant, auth.actor, user.id, patch.version, change).await?;
    Ok(Json(Profile::of(&profile, &user, auth.actor.into())?))
}

pub(crate) fn routes() -> Routes {
    routes![
        "profiles": "Profiles of users: bio, thumbnail and free metadata.";
        get_profile: Caller [UsersRead],
        update_profile: Caller [UsersWrite],
    ]
}
