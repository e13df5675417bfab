//! Admin keys: `/admin/v1/keys`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::admins;
use wire::ListResponse;
use wire::admin::{AdminKey, NewAdminKey};

use super::auth::Admin;
use super::path::AdminKeyPath;
use super::routes::{AdminRoutes, admin_routes};
use crate::error::ApiResult;
use crate::extract::Body;
use crate::state::AppState;

/// List admin keys
///
/// Returns all admin keys, newest first, including revoked and expired ones.
#[utoipa::path(
    get, path = "/admin/v1/keys", tag = "admin_keys",
    responses((status = 200, description = "The keys.", body = ListResponse<AdminKey>)),
)]
async fn list_admin_keys(
    State(state): State<AppState>,
    admin: Admin,
) -> ApiResult<Json<ListResponse<AdminKey>>> {
    let keys = admins::list_admin_keys(&admin.platform(&state)).await?;
    let keys = keys.iter().map(|key| AdminKey::of(key, None));
    Ok(Json(keys.collect()))
}

/// Create an admin key
///
/// Creates a key with which a program calls this API. The key is only returned here.
#[utoipa::path(
    post, path = "/admin/v1/keys", tag = "admin_keys", request_body = NewAdminKey,
    responses((status = 201, description = "The key.", body = AdminKey)),
)]
async fn create_admin_key(
    State(state): State<AppState>,
    admin: Admin,
    Body(new): Body<NewAdminKey>,
) -> ApiResult<(StatusCode, Json<AdminKey>)> {
    let created = admins::create_admin_key(&admin.platform(&state), new.into()).await?;
    let key = AdminKey::of(&created.key, Some(&created.text));
    Ok((StatusCode::CREATED, Json(key)))
}

/// Revoke an admin key
///
/// Revokes an admin key immediately. Has no effect on a revoked key.
#[utoipa::path(
    delete, path = "/admin/v1/keys/{admin_key}", tag = "admin_keys",
    params(("admin_key" = wire::schema::Id, Path)),
    responses((status = 200, description = "The key.", body = AdminKey)),
)]
async fn revoke_admin_key(
    State(state): State<AppState>,
    admin: Admin,
    AdminKeyPath(id): AdminKeyPath,
) -> ApiResult<Json<AdminKey>> {
    let key = admins::revoke_admin_key(&admin.platform(&state), id).await?;
    Ok(Json(AdminKey::of(&key, None)))
}

pub(crate) fn routes() -> AdminRoutes {
    admin_routes![
        "admin_keys": "Keys with which programs call the admin API.";
        list_admin_keys: ListAdminKeys,
        create_admin_key: CreateAdminKey,
        revoke_admin_key: RevokeAdminKey,
    ]
}
