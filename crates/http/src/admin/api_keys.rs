//! API keys of a tenant: `/admin/v1/tenants/{tenant}/keys`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::tenants;
use wire::admin::{KeyRotation, NewApiKey};
use wire::{ApiKey, ListResponse};

use super::auth::Admin;
use super::path::{ApiKeyPath, ApplicationPath, TenantPath, application};
use super::routes::{AdminRoutes, admin_routes};
use crate::error::ApiResult;
use crate::extract::{Body, OptionalBody};
use crate::state::AppState;

/// List API keys
///
/// Returns the API keys of a tenant, newest first, including revoked and expired ones (at most
/// 200).
#[utoipa::path(
    get, path = "/admin/v1/tenants/{tenant}/keys", tag = "api_keys",
    params(("tenant" = wire::schema::TenantId, Path)),
    responses((status = 200, description = "The keys.", body = ListResponse<ApiKey>)),
)]
async fn list_api_keys(
    State(state): State<AppState>,
    admin: Admin,
    TenantPath(tenant): TenantPath,
) -> ApiResult<Json<ListResponse<ApiKey>>> {
    let platform = admin.platform(&state);
    tenants::get_tenant(&platform, tenant).await?;
    let keys = tenants::list_keys(&platform, tenant, None).await?;
    Ok(Json(keys.iter().map(|key| ApiKey::of(key, None)).collect()))
}

/// Create an API key
///
/// Creates an API key of an application. The key is only returned here.
#[utoipa::path(
    post, path = "/admin/v1/tenants/{tenant}/applications/{application}/keys", tag = "api_keys",
    params(("tenant" = wire::schema::TenantId, Path), ("application" = wire::schema::ApplicationId, Path)),
    request_body = NewApiKey,
    responses((status = 201, description = "The key.", body = ApiKey)),
)]
async fn create_api_key(
    State(state): State<AppState>,
    admin: Admin,
    path: ApplicationPath,
    Body(new): Body<NewApiKey>,
) -> ApiResult<(StatusCode, Json<ApiKey>)> {
    let platform = admin.platform(&state);
    let id = application(&platform, path).await?.id;
    let created = tenants::create_key(&platform, new.of(id)?).await?;
    let key = ApiKey::of(&created.key, Some(&created.text));
    Ok((StatusCode::CREATED, Json(key)))
}

/// Rotate an API key
///
/// Creates a key with the name and scopes of this one, which expires after `overlap_seconds`. The
/// new key is only returned here. Fails with 422 `limit_reached` if the name already has two active
/// keys.
#[utoipa::path(
    post, path = "/admin/v1/tenants/{tenant}/keys/{key}/rotate", tag = "api_keys",
    params(("tenant" = wire::schema::TenantId, Path), ("key" = wire::schema::Id, Path)),
    request_body(content = Option<KeyRotation>),
    responses((status = 201, description = "The new key.", body = ApiKey)),
)]
async fn rotate_api_key(
    State(state): State<AppState>,
    admin: Admin,
    ApiKeyPath(tenant, id): ApiKeyPath,
    OptionalBody(rotation): OptionalBody<KeyRotation>,
) -> ApiResult<(StatusCode, Json<ApiKey>)> {
    let platform = admin.platform(&state);
    let created = tenants::rotate_key(&platform, tenant, id, rotation.overlap_seconds).await?;
    let key = ApiKey::of(&created.key, Some(&created.text));
    Ok((StatusCode::CREATED, Json(key)))
}

/// Revoke an API key
///
/// Revokes an API key immediately; connections that it opened are closed. Has no effect on a
/// revoked key.
#[utoipa::path(
    delete, path = "/admin/v1/tenants/{tenant}/keys/{key}", tag = "api_keys",
    params(("tenant" = wire::schema::TenantId, Path), ("key" = wire::schema::Id, Path)),
    responses((status = 200, description = "The key.", body = ApiKey)),
)]
async fn revoke_api_key(
    State(state): State<AppState>,
    admin: Admin,
    ApiKeyPath(tenant, id): ApiKeyPath,
) -> ApiResult<Json<ApiKey>> {
    let platform = admin.platform(&state);
    tenants::get_key_of(&platform, tenant, id).await?;
    let key = tenants::revoke_key(&platform, id).await?;
    Ok(Json(ApiKey::of(&key, None)))
}

pub(crate) fn routes() -> AdminRoutes {
    admin_routes![
        "api_keys": "API keys of tenants.";
        list_api_keys: ListApiKeys,
        create_api_key: CreateApiKey,
        rotate_api_key: RotateApiKey,
        revoke_api_key: RevokeApiKey,
    ]
}
