//! Tenants: `/admin/v1/tenants`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use base::Result;
use domain::tenants::{self, TenantFilter};
use serde::Deserialize;
use utoipa::IntoParams;
use wire::admin::{NewTenant, TenantPatch};
use wire::{Page, Tenant, TenantStatus, Tier};

use super::auth::Admin;
use super::path::TenantPath;
use super::routes::{AdminRoutes, admin_routes};
use crate::cursor::ListCursors;
use crate::error::ApiResult;
use crate::extract::{Body, PageQuery, Paged};
use crate::page;
use crate::state::AppState;

/// Filter of the list of tenants: one parameter at most.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TenantQuery {
    /// Only tenants with this status.
    #[serde(default)]
    #[param(inline)]
    status: Option<TenantStatus>,
    /// Only tenants of this tier.
    #[serde(default)]
    #[param(inline)]
    tier: Option<Tier>,
    /// Only tenants with this billing plan.
    plan: Option<String>,
    /// Only tenants whose name begins with this text, sorted by name.
    name: Option<String>,
}

impl TenantQuery {
    fn filter(self) -> Result<TenantFilter> {
        let filters = [
            self.status
                .map(|status| TenantFilter::Status(status.into())),
            self.tier.map(|tier| TenantFilter::Tier(tier.into())),
            self.plan.map(TenantFilter::Plan),
            self.name.map(TenantFilter::Name),
        ];
        let mut filters = filters.into_iter().flatten();
        let filter = filters.next().unwrap_or(TenantFilter::All);
        match filters.next() {
            None => Ok(filter),
            Some(_) => Err(base::Error::new(
                base::ErrorCode::InvalidRequest,
                "Use one of the parameters status, tier, plan and name at most.",
            )),
        }
    }
}

/// List tenants
///
/// Returns the tenants, oldest first; with `name`, sorted by name. At most one of `status`, `tier`,
/// `plan` and `name` may be given.
#[utoipa::path(
    get, path = "/admin/v1/tenants", tag = "tenants", params(TenantQuery, PageQuery),
    responses((status = 200, description = "A page of tenants.", body = Page<Tenant>)),
)]
async fn list_tenants(
    State(state): State<AppState>,
    admin: Admin,
    Paged(query, page): Paged<TenantQuery>,
) -> ApiResult<Response> {
    let direction = page.direction();
    let filter = query.filter()?;
    let shown = format!("{filter:?}");
    let cursors = ListCursors::of_platform(&state, "list_tenants", &shown, direction);
    let after = cursors.decode(page.cursor.as_deref())?;
    let platform = admin.platform(&state);
    page::respond(page.size()?, async |size| {
        let found =
            tenants::find_tenants(&platform, &filter, size, direction, after.clone()).await?;
        let data = found.items.iter().map(Tenant::from).collect();
        Ok(cursors.page(&found, data))
    })
    .await
}

/// Create a tenant
///
/// Creates a tenant and its partition. If it is interrupted, the server completes it; until then
/// the tenant is `provisioning`.
#[utoipa::path(
    post, path = "/admin/v1/tenants", tag = "tenants", request_body = NewTenant,
    responses((status = 201, description = "The tenant.", body = Tenant)),
)]
async fn create_tenant(
    State(state): State<AppState>,
    admin: Admin,
    Body(new): Body<NewTenant>,
) -> ApiResult<(StatusCode, Json<Tenant>)> {
    let platform = admin.platform(&state);
    let tenant = tenants::create_tenant_in(state.store(), &platform, new.into()).await?;
    Ok((StatusCode::CREATED, Json(Tenant::from(&tenant))))
}

/// Get a tenant
///
/// Returns a tenant.
#[utoipa::path(
    get, path = "/admin/v1/tenants/{tenant}", tag = "tenants",
    params(("tenant" = wire::schema::TenantId, Path)),
    responses((status = 200, description = "The tenant.", body = Tenant)),
)]
async fn get_tenant(
    State(state): State<AppState>,
    admin: Admin,
    TenantPath(id): TenantPath,
) -> ApiResult<Json<Tenant>> {
    let tenant = tenants::get_tenant(&admin.platform(&state), id).await?;
    Ok(Json(Tenant::from(&tenant)))
}

/// Update a tenant
///
/// Updates name, description or plan of a tenant; omitted fields keep their value.
#[utoipa::path(
    patch, path = "/admin/v1/tenants/{tenant}", tag = "tenants", request_body = TenantPatch,
    params(("tenant" = wire::schema::TenantId, Path)),
    responses((status = 200, description = "The tenant.", body = Tenant)),
)]
async fn update_tenant(
    State(state): State<AppState>,
    admin: Admin,
    TenantPath(id): TenantPath,
    Body(patch): Body<TenantPatch>,
) -> ApiResult<Json<Tenant>> {
    let version = patch.version;
    let platform = admin.platform(&state);
    let tenant = tenants::update_tenant(&platform, id, patch.into(), version).await?;
    Ok(Json(Tenant::from(&tenant)))
}

/// Suspend a tenant
///
/// Suspends a tenant immediately: its requests fail with 403 `tenant_suspended`, and its
/// connections are closed. Stored data is kept.
#[utoipa::path(
    post, path = "/admin/v1/tenants/{tenant}/suspend", tag = "tenants",
    params(("tenant" = wire::schema::TenantId, Path)),
    responses((status = 200, description = "The tenant.", body = Tenant)),
)]
async fn suspend_tenant(
    State(state): State<AppState>,
    admin: Admin,
    TenantPath(id): TenantPath,
) -> ApiResult<Json<Tenant>> {
    let tenant = tenants::suspend(&admin.platform(&state), id).await?;
    Ok(Json(Tenant::from(&tenant)))
}

/// Resume a tenant
///
/// Resumes a suspended tenant.
#[utoipa::path(
    post, path = "/admin/v1/tenants/{tenant}/resume", tag = "tenants",
    params(("tenant" = wire::schema::TenantId, Path)),
    responses((status = 200, description = "The tenant.", body = Tenant)),
)]
async fn resume_tenant(
    State(state): State<AppState>,
    admin: Admin,
    TenantPath(id): TenantPath,
) -> ApiResult<Json<Tenant>> {
    let tenant = tenants::resume(&admin.platform(&state), id).await?;
    Ok(Json(Tenant::from(&tenant)))
}

pub(crate) fn routes() -> AdminRoutes {
    admin_routes![
        "tenants": "Tenants of the platform.";
        list_tenants: ListTenants,
        create_tenant: CreateTenant,
        get_tenant: GetTenant,
        update_tenant: UpdateTenant,
        suspend_tenant: SuspendTenant,
        resume_tenant: ResumeTenant,
    ]
}
