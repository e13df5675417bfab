//! Applications of a tenant: `/admin/v1/tenants/{tenant}/applications`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::tenants;
use wire::ListResponse;
use wire::admin::{AdminApplication, ApplicationPatch, NewApplication, SecretRotation};

use super::auth::Admin;
use super::path::{ApplicationPath, TenantPath, application};
use super::routes::{AdminRoutes, admin_routes};
use crate::error::ApiResult;
use crate::extract::{Body, OptionalBody};
use crate::state::AppState;

/// List applications
///
/// Returns the applications of a tenant, oldest first.
#[utoipa::path(
    get, path = "/admin/v1/tenants/{tenant}/applications", tag = "applications",
    params(("tenant" = wire::schema::TenantId, Path)),
    responses((status = 200, description = "The applications.", body = ListResponse<AdminApplication>)),
)]
async fn list_applications(
    State(state): State<AppState>,
    admin: Admin,
    TenantPath(tenant): TenantPath,
) -> ApiResult<Json<ListResponse<AdminApplication>>> {
    let platform = admin.platform(&state);
    tenants::get_tenant(&platform, tenant).await?;
    let applications = tenants::list_applications(&platform, tenant).await?;
    let applications = applications.iter();
    Ok(Json(
        applications
            .map(|application| AdminApplication::of(application, None))
            .collect(),
    ))
}

/// Create an application
///
/// Creates an application of a tenant. Its signing secret is only returned here.
#[utoipa::path(
    post, path = "/admin/v1/tenants/{tenant}/applications", tag = "applications",
    params(("tenant" = wire::schema::TenantId, Path)), request_body = NewApplication,
    responses((status = 201, description = "The application.", body = AdminApplication)),
)]
async fn create_application(
    State(state): State<AppState>,
    admin: Admin,
    TenantPath(tenant): TenantPath,
    Body(new): Body<NewApplication>,
) -> ApiResult<(StatusCode, Json<AdminApplication>)> {
    let new = tenants::NewApplication {
        tenant,
        name: new.name,
        origins: new.origins,
    };
    let platform = admin.platform(&state);
    let created = tenants::create_application(&platform, state.key_ring(), new).await?;
    let secret = tenants::signing_secret(state.key_ring(), &created)?.secret;
    let shown = AdminApplication::of(&created, Some(&secret));
    Ok((StatusCode::CREATED, Json(shown)))
}

/// Get an application
///
/// Returns an application, without its signing secret.
#[utoipa::path(
    get, path = "/admin/v1/tenants/{tenant}/applications/{application}", tag = "applications",
    params(("tenant" = wire::schema::TenantId, Path), ("application" = wire::schema::ApplicationId, Path)),
    responses((status = 200, description = "The application.", body = AdminApplication)),
)]
async fn get_application(
    State(state): State<AppState>,
    admin: Admin,
    path: ApplicationPath,
) -> ApiResult<Json<AdminApplication>> {
    let found = application(&admin.platform(&state), path).await?;
    Ok(Json(AdminApplication::of(&found, None)))
}

/// Update an application
///
/// Updates name, origins or settings of an application; omitted fields keep their value.
#[utoipa::path(
    patch, path = "/admin/v1/tenants/{tenant}/applications/{application}", tag = "applications",
    params(("tenant" = wire::schema::TenantId, Path), ("application" = wire::schema::ApplicationId, Path)),
    request_body = ApplicationPatch,
    responses((status = 200, description = "The application.", body = AdminApplication)),
)]
async fn update_application(
    State(state): State<AppState>,
    admin: Admin,
    path: ApplicationPath,
    Body(patch): Body<ApplicationPatch>,
) -> ApiResult<Json<AdminApplication>> {
    let platform = admin.platform(&state);
    let id = application(&platform, path).await?.id;
    let version = patch.version;
    let changed = tenants::update_application(&platform, id, patch.into(), version).await?;
    Ok(Json(AdminApplication::of(&changed, None)))
}

/// Rotate the signing secret
///
/// Creates a new signing secret, which is only returned here. The previous one is accepted for
/// `overlap_seconds` more.
#[utoipa::path(
    post, path = "/admin/v1/tenants/{tenant}/applications/{application}/rotate_secret",
    tag = "applications", request_body(content = Option<SecretRotation>),
    params(("tenant" = wire::schema::TenantId, Path), ("application" = wire::schema::ApplicationId, Path)),
    responses((status = 200, description = "The application.", body = AdminApplication)),
)]
async fn rotate_signing_secret(
    State(state): State<AppState>,
    admin: Admin,
    path: ApplicationPath,
    OptionalBody(rotation): OptionalBody<SecretRotation>,
) -> ApiResult<Json<AdminApplication>> {
    let platform = admin.platform(&state);
    let id = application(&platform, path).await?.id;
    let overlap = rotation.overlap_seconds;
    let rotated = tenants::rotate_secret(&platform, state.key_ring(), id, overlap).await?;
    let secret = tenants::signing_secret(state.key_ring(), &rotated)?.secret;
    Ok(Json(AdminApplication::of(&rotated, Some(&secret))))
}

pub(crate) fn routes() -> AdminRoutes {
    admin_routes![
        "applications": "Applications of tenants, with their signing secrets.";
        list_applications: ListApplications,
        create_application: CreateApplication,
        get_application: GetApplication,
        update_application: UpdateApplication,
        rotate_signing_secret: RotateSigningSecret,
    ]
}
