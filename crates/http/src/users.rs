//! Users of a tenant: `/v1/users`.

use axum::Json;
use axum::body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use base::{Error, Patch, Result};
use domain::auth::AuthContext;
use domain::export::Archive;
use domain::relationships::require_visible;
use domain::sign_in::find_user_by_identity;
use domain::user_log::log_after;
use domain::users::{NewUser, UserChanges, has_email, resolve, update, upsert, upsert_batch};
use domain::{Actor, messaging, settings};
use futures_util::stream::try_unfold;
use serde::Deserialize;
use utoipa::IntoParams;
use wire::{ListResponse, Page, User, UserBatch, UserLogPage, UserPatch, UserUpsert};

use crate::cursor::ListCursors;
use crate::error::ApiResult;
use crate::extract::{Body, LogQuery, PageQuery, Paged, Query, UserPath};
use crate::page;
use crate::render::created_or_ok;
use crate::routes::{Routes, routes};
use crate::state::AppState;

/// Filter of a list of users.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct UserQuery {
    /// Returns only the user with this e-mail address. Case and Unicode form are ignored; the domain may be Unicode or
    /// ASCII.
    #[param(value_type = Option<wire::schema::SearchEmail>)]
    email: Option<String>,
    /// Returns only the user with this identity; requires `subject`. Together with `email`, the user must have both.
    #[param(value_type = Option<wire::schema::Label>)]
    provider: Option<String>,
    /// The user's id at the provider.
    #[param(value_type = Option<wire::schema::Label>)]
    subject: Option<String>,
}

/// List users
///
/// Returns all users of the tenant in the order of their creation, or the one with the given e-mail
/// address or identity. Returns an empty page if there is no such user. Requires an API key with
/// `users:read` and no acting user.
#[utoipa::path(
    get, path = "/v1/users", tag = "users", params(UserQuery, PageQuery),
    responses((status = 200, description = "A page of users.", body = Page<User>)),
)]
async fn list_users(
    State(state): State<AppState>,
    auth: AuthContext,
    Paged(query, page): Paged<UserQuery>,
) -> ApiResult<Response> {
    let direction = page.direction();
    let email = query.email.as_deref();
    let identity = match (&query.provider, &query.subject) {
        (Some(provider), Some(subject)) => Some((provider, subject)),
        (None, None) => None,
        _ => {
            let message = "provider and subject are required together";
            return Err(Error::invalid("provider", message).into());
        }
    };
    if let Some((provider, subject)) = identity {
        let user = find_user_by_identity(&auth.tenant, provider, subject).await?;
        let user = user.filter(|user| email.is_none_or(|email| has_email(user, email)));
        let user = user.map(|user| User::of(&user, auth.actor.into()));
        let page = Page::only(user.transpose()?.into_iter().collect());
        return Ok(Json(page).into_response());
    }
    let cursors = ListCursors::new(
        &state,
        &auth,
        "list_users",
        email.unwrap_or_default(),
        direction,
    );
    let after = cursors.decode(page.cursor.as_deref())?;
    page::respond(page.size()?, async |size| {
        let found =
            domain::users::list(&auth.tenant, email, size, direction, after.clone()).await?;
        let data: Result<Vec<User>> = found
            .items
            .iter()
            .map(|user| User::of(user, auth.actor.into()))
            .collect();
        Ok(cursors.page(&found, data?))
    })
    .await
}

/// Create or update a user
///
/// Creates the user with this `external_id`, or updates the given fields of the existing one;
/// omitted fields keep their value. Upserting a deleted user restores them. The request is
/// idempotent. Requires an API key with `users:write` and no acting user.
#[utoipa::path(
    post, path = "/v1/users", tag = "users", request_body = UserUpsert,
    responses((status = 201, description = "The created user.", body = User), (status = 200, description = "The updated user.", body = User)),
)]
async fn upsert_user(
    auth: AuthContext,
    Body(user): Body<UserUpsert>,
) -> ApiResult<(StatusCode, Json<User>)> {
    let upserted = upsert(&auth.tenant, NewUser::from(user)).await?;
    let status = created_or_ok(upserted.created);
    Ok((status, Json(User::of(&upserted.user, auth.actor.into())?)))
}

/// Create or update several users
///
/// Upserts up to 100 users, all or none. If one entry is invalid, no user is changed, and `errors`
/// has pointers such as `/users/3/email`. Each entry counts as a request of the rate limit.
/// Requires an API key with `users:write` and no acting user.
#[utoipa::path(
    post, path = "/v1/users/batch", tag = "users", request_body = UserBatch,
    responses((status = 200, description = "The users in the order of the request.", body = ListResponse<User>)),
)]
async fn upsert_users(
    State(state): State<AppState>,
    auth: AuthContext,
    Body(batch): Body<UserBatch>,
) -> ApiResult<Json<ListResponse<User>>> {
    state.charge(&auth, batch.users.len().saturating_sub(1));
    let users = batch.users.into_iter().map(NewUser::from).collect();
    let upserted = upsert_batch(&auth.tenant, users).await?;
    let users: Result<Vec<User>> = upserted
        .iter()
        .map(|upserted| User::of(&upserted.user, auth.actor.into()))
        .collect();
    Ok(Json(ListResponse { data: users? }))
}

/// Get a user
///
/// Returns a user. `email` is returned to the tenant's servers and to the user only. If one of two
/// users blocks the other, each gets 404 `user_not_found` for the other. Requires `users:read`.
#[utoipa::path(
    get, path = "/v1/users/{user}", tag = "users", params(("user" = wire::schema::Named, Path)),
    responses((status = 200, description = "The user.", body = User)),
)]
async fn get_user(auth: AuthContext, UserPath(name): UserPath) -> ApiResult<Json<User>> {
    let user = resolve(&auth.tenant, &name).await?;
    require_visible(&auth.tenant, auth.actor, user.id).await?;
    Ok(Json(User::of(&user, auth.actor.into())?))
}

/// Update a user
///
/// Updates the given fields; omitted fields keep their value, and `null` clears a field. Users may
/// change their own name and avatar, and their `metadata` if the setting `users_set_metadata` is
/// on. Use the profile's metadata for other data that users write. Fails with 409
/// `version_conflict` if `version` is given and is not the current one. Requires `users:write`.
#[utoipa::path(
    patch, path = "/v1/users/{user}", tag = "users", params(("user" = wire::schema::Named, Path)),
    request_body = UserPatch, responses((status = 200, description = "The user.", body = User)),
)]
async fn update_user(
    auth: AuthContext,
    UserPath(name): UserPath,
    Body(patch): Body<UserPatch>,
) -> ApiResult<Json<User>> {
    let version = patch.version;
    let changes = UserChanges::from(patch);
    let is_user = auth.actor != Actor::Server && changes.metadata != Patch::Keep;
    let may_set_metadata = is_user && settings::get(&auth.tenant).await?.users_set_metadata;
    let user = update(
        &auth.tenant,
        auth.actor,
        &name,
        changes,
        version,
        may_set_metadata,
    )
    .await?;
    Ok(Json(User::of(&user, auth.actor.into())?))
}

/// Delete a user
///
/// Soft-deletes the user. Their messages keep the author, and their `external_id` stays reserved:
/// upserting it restores the user. For each conversation of which they are the last owner, the
/// admin who joined first, or else the member who joined first, becomes its owner. Fails with 409
/// `legal_hold` if a legal hold applies. Requires an API key with `users:write` and no acting user.
#[utoipa::path(
    delete, path = "/v1/users/{user}", tag = "users", params(("user" = wire::schema::Named, Path)),
    responses((status = 204, description = "The user is deleted.")),
)]
async fn delete_user(auth: AuthContext, UserPath(name): UserPath) -> ApiResult<StatusCode> {
    messaging::delete_user(&auth.tenant, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Export a user
///
/// Streams all data stored about a user, also about a deleted one, as a ZIP archive. The archive
/// has one file of JSON lines for each collection that refers to the user. Its last entry is
/// `manifest.json` with the number of documents in each file; an archive without it is incomplete.
/// Requires an API key with `export:read` and no acting user.
#[utoipa::path(
    get, path = "/v1/users/{user}/export", tag = "users", params(("user" = wire::schema::Named, Path)),
    responses((status = 200, description = "The archive.", content_type = "application/zip", body = Vec<u8>)),
)]
async fn export_user(
    State(state): State<AppState>,
    auth: AuthContext,
    UserPath(name): UserPath,
) -> ApiResult<Response> {
    let storage = &state.media().storage;
    let archive = Archive::begin(&auth.tenant, storage, &name).await?;
    let attachment = format!("attachment; filename=\"{}\"", archive.file_name());
    let bytes = try_unfold(archive, async |mut archive| {
        archive
            .next()
            .await
            .map(|bytes| bytes.map(|bytes| (bytes, archive)))
    });
    let headers = [
        (CONTENT_TYPE, "application/zip".to_owned()),
        (CONTENT_DISPOSITION, attachment),
    ];
    Ok((headers, body::Body::from_stream(bytes)).into_response())
}

/// Deactivate a user
///
/// Rejects all requests of the user with 403 `user_deactivated` and closes their connections, until
/// the user is reactivated. Deletes no data. Requires an API key with `users:write` and no acting
/// user.
#[utoipa::path(
    post, path = "/v1/users/{user}/deactivate", tag = "users", params(("user" = wire::schema::Named, Path)),
    responses((status = 200, description = "The user.", body = User)),
)]
async fn deactivate_user(auth: AuthContext, UserPath(name): UserPath) -> ApiResult<Json<User>> {
    let user = domain::users::deactivate(&auth.tenant, &name).await?;
    Ok(Json(User::of(&user, auth.actor.into())?))
}

/// Reactivate a user
///
/// Allows a deactivated user to act again. Requires an API key with `users:write` and no acting
/// user.
#[utoipa::path(
    post, path = "/v1/users/{user}/reactivate", tag = "users", params(("user" = wire::schema::Named, Path)),
    responses((status = 200, description = "The user.", body = User)),
)]
async fn reactivate_user(auth: AuthContext, UserPath(name): UserPath) -> ApiResult<Json<User>> {
    let user = domain::users::reactivate(&auth.tenant, &name).await?;
    Ok(Json(User::of(&user, auth.actor.into())?))
}

/// Get a user's log
///
/// Returns the records of the user's own log after `after`, oldest first and without gaps. Clients
/// without a connection use it to catch up. The log keeps the last 2,000 records. Requires
/// `users:read`. Users may call this for themselves only; otherwise it fails with 403 `forbidden`.
#[utoipa::path(
    get, path = "/v1/users/{user}/log", tag = "users",
    params(("user" = wire::schema::Named, Path), LogQuery),
    responses((status = 200, description = "The records.", body = UserLogPage)),
)]
async fn get_user_log(
    auth: AuthContext,
    UserPath(name): UserPath,
    Query(query): Query<LogQuery>,
) -> ApiResult<Json<UserLogPage>> {
    let after = query.after()?;
    let log = log_after(&auth.tenant, auth.actor, &name, after, query.size()?).await?;
    Ok(Json(UserLogPage::of(&log, after)?))
}

pub(crate) fn routes() -> Routes {
    routes![
        "users": "Users of a tenant.";
        list_users: Server [UsersRead],
        upsert_user: Server [UsersWrite],
        upsert_users: Server [UsersWrite],
        get_user: Caller [UsersRead],
        update_user: Caller [UsersWrite],
        delete_user: Server [UsersWrite],
        export_user: Server [ExportRead],
        deactivate_user: Server [UsersWrite],
        reactivate_user: Server [UsersWrite],
        get_user_log: Caller [UsersRead],
    ]
}
