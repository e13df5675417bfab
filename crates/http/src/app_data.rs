//! Values that apps store for users: `/v1/users/{user}/apps/{app}/data`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use base::{Error, ExternalId, Result};
use domain::app_data::{AppKey, Expected, delete, get, put};
use domain::auth::AuthContext;
use serde::Deserialize;
use utoipa::IntoParams;
use wire::{AppDatum, AppDatumWrite, NewAppDatum, Page, WithIncludes, json_text};

use crate::cursor::ListCursors;
use crate::error::ApiResult;
use crate::expand::{ExpandParams, QueryWithExpand};
use crate::extract::{AppDataPath, AppPath, Body, NoQuery, PageQuery, Query, number};
use crate::page;
use crate::render::created_or_ok;
use crate::routes::{Routes, routes};
use crate::state::AppState;

/// List app data
///
/// Returns the values that an app stores for the user, in the order of their keys. Requires
/// `users:read`. Users may call this for themselves only; otherwise it fails with 403 `forbidden`.
#[utoipa::path(
    get, path = "/v1/users/{user}/apps/{app}/data", tag = "app data",
    params(("user" = wire::schema::Named, Path), ("app" = wire::schema::ExternalId, Path), PageQuery, ExpandParams),
    responses((status = 200, description = "A page of values.", body = Page<WithIncludes<AppDatum>>)),
)]
async fn list_app_data(
    State(state): State<AppState>,
    auth: AuthContext,
    AppPath(name, app): AppPath,
    QueryWithExpand(page, expand): QueryWithExpand<PageQuery>,
) -> ApiResult<Response> {
    let user = state.user_cache().resolve(&auth.tenant, &name).await?.id;
    let direction = page.direction();
    let cursors = ListCursors::new(
        &state,
        &auth,
        "list_app_data",
        &format!("{user}/{app}"),
        direction,
    );
    let after = cursors.decode(page.cursor.as_deref())?;
    page::respond(page.size()?, async |size| {
        let app_of_user = (user, app.clone());
        let found = domain::app_data::list(
            &auth.tenant,
            auth.actor,
            app_of_user,
            size,
            direction,
            after.clone(),
        )
        .await?;
        let user_of = |datum: &domain::app_data::AppDatum| Some(datum.user_id);
        let data = state
            .expanded_page(&auth, expand, &found.items, user_of, AppDatum::of)
            .await?;
        Ok(cursors.page(&found, data))
    })
    .await
}

/// Create an app data value
///
/// Stores a value under a new key. Fails with 409 `version_conflict`, which has the current value
/// and its version, if the key already exists. Requires `users:write`. Users may call this for
/// themselves only; otherwise it fails with 403 `forbidden`.
#[utoipa::path(
    post, path = "/v1/users/{user}/apps/{app}/data", tag = "app data",
    params(("user" = wire::schema::Named, Path), ("app" = wire::schema::ExternalId, Path)),
    request_body = NewAppDatum, responses((status = 201, description = "The created value.", body = AppDatum)),
)]
async fn create_app_data(
    State(state): State<AppState>,
    auth: AuthContext,
    path: AppPath,
    Body(new): Body<NewAppDatum>,
) -> ApiResult<(StatusCode, Json<AppDatum>)> {
    let key = key_in_app(&state, &auth, path, new.data_key).await?;
    let written = put(
        &auth.tenant,
        auth.actor,
        &key,
        json_text(&new.value),
        Expected::Absent,
    )
    .await?;
    Ok((StatusCode::CREATED, Json(AppDatum::of(&written.datum)?)))
}

/// Get an app data value
///
/// Returns the value that the app stores under the key. Requires `users:read`. Users may call this
/// for themselves only; otherwise it fails with 403 `forbidden`.
#[utoipa::path(
    get, path = "/v1/users/{user}/apps/{app}/data/{data_key}", tag = "app data",
    params(
        ("user" = wire::schema::Named, Path), ("app" = wire::schema::ExternalId, Path),
        ("data_key" = wire::schema::ExternalId, Path), ExpandParams,
    ),
    responses((status = 200, description = "The value.", body = WithIncludes<AppDatum>)),
)]
async fn get_app_data(
    State(state): State<AppState>,
    auth: AuthContext,
    path: AppDataPath,
    QueryWithExpand(NoQuery {}, expand): QueryWithExpand<NoQuery>,
) -> ApiResult<Json<WithIncludes<AppDatum>>> {
    let key = app_key(&state, &auth, path).await?;
    let datum = AppDatum::of(&get(&auth.tenant, auth.actor, &key).await?)?;
    Ok(Json(state.expanded(&auth, expand, key.user, datum).await?))
}

/// Set an app data value
///
/// Creates or replaces the value under the key. With `version`, fails with 409 `version_conflict`,
/// which has the current value and its version, if that is not the current version. Requires
/// `users:write`. Users may call this for themselves only; otherwise it fails with 403 `forbidden`.
#[utoipa::path(
    put, path = "/v1/users/{user}/apps/{app}/data/{data_key}", tag = "app data",
    params(
        ("user" = wire::schema::Named, Path), ("app" = wire::schema::ExternalId, Path),
        ("data_key" = wire::schema::ExternalId, Path),
    ),
    request_body = AppDatumWrite,
    responses(
        (status = 201, description = "The created value.", body = AppDatum),
        (status = 200, description = "The replaced value.", body = AppDatum),
    ),
)]
async fn put_app_data(
    State(state): State<AppState>,
    auth: AuthContext,
    path: AppDataPath,
    Body(write): Body<AppDatumWrite>,
) -> ApiResult<(StatusCode, Json<AppDatum>)> {
    let key = app_key(&state, &auth, path).await?;
    let expected = write.version.map_or(Expected::Any, Expected::Version);
    let written = put(
        &auth.tenant,
        auth.actor,
        &key,
        json_text(&write.value),
        expected,
    )
    .await?;
    let status = created_or_ok(written.created);
    Ok((status, Json(AppDatum::of(&written.datum)?)))
}

/// Precondition of a deletion.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DeleteQuery {
    /// Expected version; fails with 409 `version_conflict` if it is not the current one.
    #[serde(default, deserialize_with = "number")]
    #[param(minimum = 1)]
    version: Option<i64>,
}

/// Delete an app data value
///
/// Deletes the value under the key. With `version`, fails with 409 `version_conflict` if that is
/// not the current version. Requires `users:write`. Users may call this for themselves only;
/// otherwise it fails with 403 `forbidden`.
#[utoipa::path(
    delete, path = "/v1/users/{user}/apps/{app}/data/{data_key}", tag = "app data",
    params(
        ("user" = wire::schema::Named, Path), ("app" = wire::schema::ExternalId, Path),
        ("data_key" = wire::schema::ExternalId, Path), DeleteQuery,
    ),
    responses((status = 204, description = "The value is deleted.")),
)]
async fn delete_app_data(
    State(state): State<AppState>,
    auth: AuthContext,
    path: AppDataPath,
    Query(query): Query<DeleteQuery>,
) -> ApiResult<StatusCode> {
    if query.version.is_some_and(|version| version < 1) {
        return Err(Error::invalid("version", "Expected 1 or more.").into());
    }
    let key = app_key(&state, &auth, path).await?;
    delete(&auth.tenant, auth.actor, &key, query.version).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Returns the key that a path names.
///
/// # Errors
/// 404 `user_not_found`.
async fn app_key(state: &AppState, auth: &AuthContext, path: AppDataPath) -> Result<AppKey> {
    let AppDataPath(app, key) = path;
    key_in_app(state, auth, app, key).await
}

/// Returns a key of the app that a path names.
///
/// # Errors
/// 404 `user_not_found`.
async fn key_in_app(
    state: &AppState,
    auth: &AuthContext,
    path: AppPath,
    key: ExternalId,
) -> Result<AppKey> {
    let AppPath(user, app) = path;
    let user = state.user_cache().resolve(&auth.tenant, &user).await?.id;
    Ok(AppKey { user, app, key })
}

pub(crate) fn routes() -> Routes {
    routes![
        "app data": "Values that apps store for users.";
        list_app_data: Caller [UsersRead],
        create_app_data: Caller [UsersWrite],
        get_app_data: Caller [UsersRead],
        put_app_data: Caller [UsersWrite],
        delete_app_data: Caller [UsersWrite],
    ]
}
