//! Rules about client addresses: `/admin/v1/blocked_ips`, and `blocked_ips` and `ip_whitelist` of a
//! tenant.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::ip_rules::{self, BlockScope, RuleAuthor};
use wire::Page;
use wire::admin::{AllowedNetwork, BlockedNetwork, NewAllowedNetwork, NewBlockedNetwork};

use super::auth::Admin;
use super::path::{AllowedNetworkPath, BlockedNetworkPath, TenantBlockedNetworkPath, TenantPath};
use super::routes::{AdminRoutes, admin_routes};
use crate::cursor::ListCursors;
use crate::error::ApiResult;
use crate::extract::{Body, PageQuery, Query};
use crate::page;
use crate::state::AppState;

fn author(admin: &Admin, force: bool) -> RuleAuthor {
    RuleAuthor {
        name: admin.context.name.clone(),
        address: admin.context.address,
        force,
    }
}

async fn list_blocks(state: &AppState, scope: BlockScope, query: PageQuery) -> ApiResult<Response> {
    let direction = query.direction();
    let filter = format!("{scope:?}");
    let cursors = ListCursors::of_platform(state, "list_blocked_ips", &filter, direction);
    let after = cursors.decode(query.cursor.as_deref())?;
    let platform = state.store().platform();
    page::respond(query.size()?, async |size| {
        let found = ip_rules::list_blocks(&platform, scope, size, direction, after.clone()).await?;
        let data = found.items.iter().map(BlockedNetwork::from).collect();
        Ok(cursors.page(&found, data))
    })
    .await
}

async fn block(
    state: &AppState,
    scope: BlockScope,
    admin: &Admin,
    new: NewBlockedNetwork,
) -> ApiResult<(StatusCode, Json<BlockedNetwork>)> {
    let author = author(admin, new.force);
    let platform = admin.platform(state);
    let block = ip_rules::block_network(&platform, scope, new.into(), author).await?;
    Ok((StatusCode::CREATED, Json(BlockedNetwork::from(&block))))
}

/// List blocked networks
///
/// Returns the networks that the platform blocks, oldest first.
#[utoipa::path(
    get, path = "/admin/v1/blocked_ips", tag = "ip_rules", params(PageQuery),
    responses((status = 200, description = "A page of networks.", body = Page<BlockedNetwork>)),
)]
async fn list_blocked_ips(
    State(state): State<AppState>,
    _: Admin,
    Query(query): Query<PageQuery>,
) -> ApiResult<Response> {
    list_blocks(&state, BlockScope::Platform, query).await
}

/// Block a network
///
/// Rejects all requests of a network to the public listener with 403 `address_blocked`, before they
/// are authenticated, and closes its connections. Fails with 409 `state_conflict` if the network
/// contains the caller's own address, unless `force` is set.
#[utoipa::path(
    post, path = "/admin/v1/blocked_ips", tag = "ip_rules", request_body = NewBlockedNetwork,
    responses((status = 201, description = "The network.", body = BlockedNetwork)),
)]
async fn block_ip(
    State(state): State<AppState>,
    admin: Admin,
    Body(new): Body<NewBlockedNetwork>,
) -> ApiResult<(StatusCode, Json<BlockedNetwork>)> {
    block(&state, BlockScope::Platform, &admin, new).await
}

/// Unblock a network
///
/// Ends a block of the platform.
#[utoipa::path(
    delete, path = "/admin/v1/blocked_ips/{rule}", tag = "ip_rules",
    params(("rule" = wire::schema::Id, Path)),
    responses((status = 204, description = "The network is no longer blocked.")),
)]
async fn unblock_ip(
    State(state): State<AppState>,
    admin: Admin,
    BlockedNetworkPath(id): BlockedNetworkPath,
) -> ApiResult<StatusCode> {
    let platform = admin.platform(&state);
    ip_rules::unblock_network(&platform, BlockScope::Platform, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List networks blocked by a tenant
///
/// Returns the networks that a tenant blocks, oldest first.
#[utoipa::path(
    get, path = "/admin/v1/tenants/{tenant}/blocked_ips", tag = "ip_rules",
    params(("tenant" = wire::schema::TenantId, Path), PageQuery),
    responses((status = 200, description = "A page of networks.", body = Page<BlockedNetwork>)),
)]
async fn list_tenant_blocked_ips(
    State(state): State<AppState>,
    admin: Admin,
    TenantPath(tenant): TenantPath,
    Query(query): Query<PageQuery>,
) -> ApiResult<Response> {
    domain::tenants::get_tenant(&admin.platform(&state), tenant).await?;
    list_blocks(&state, BlockScope::Tenant(tenant), query).await
}

/// Block a network for a tenant
///
/// Rejects all requests of a network to this tenant with 403 `address_blocked`, and closes its
/// connections.
#[utoipa::path(
    post, path = "/admin/v1/tenants/{tenant}/blocked_ips", tag = "ip_rules",
    params(("tenant" = wire::schema::TenantId, Path)), request_body = NewBlockedNetwork,
    responses((status = 201, description = "The network.", body = BlockedNetwork)),
)]
async fn block_tenant_ip(
    State(state): State<AppState>,
    admin: Admin,
    TenantPath(tenant): TenantPath,
    Body(new): Body<NewBlockedNetwork>,
) -> ApiResult<(StatusCode, Json<BlockedNetwork>)> {
    block(&state, BlockScope::Tenant(tenant), &admin, new).await
}

/// Unblock a network for a tenant
///
/// Ends a block of a tenant.
#[utoipa::path(
    delete, path = "/admin/v1/tenants/{tenant}/blocked_ips/{rule}", tag = "ip_rules",
    params(("tenant" = wire::schema::TenantId, Path), ("rule" = wire::schema::Id, Path)),
    responses((status = 204, description = "The network is no longer blocked.")),
)]
async fn unblock_tenant_ip(
    State(state): State<AppState>,
    admin: Admin,
    TenantBlockedNetworkPath(tenant, id): TenantBlockedNetworkPath,
) -> ApiResult<StatusCode> {
    let platform = admin.platform(&state);
    ip_rules::unblock_network(&platform, BlockScope::Tenant(tenant), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List allowed networks
///
/// Returns the networks that a tenant allows, oldest first. If there is none, all addresses are
/// allowed.
#[utoipa::path(
    get, path = "/admin/v1/tenants/{tenant}/ip_whitelist", tag = "ip_rules",
    params(("tenant" = wire::schema::TenantId, Path), PageQuery),
    responses((status = 200, description = "A page of networks.", body = Page<AllowedNetwork>)),
)]
async fn list_allowed_ips(
    State(state): State<AppState>,
    admin: Admin,
    TenantPath(tenant): TenantPath,
    Query(query): Query<PageQuery>,
) -> ApiResult<Response> {
    let direction = query.direction();
    let platform = admin.platform(&state);
    domain::tenants::get_tenant(&platform, tenant).await?;
    let filter = tenant.to_string();
    let cursors = ListCursors::of_platform(&state, "list_allowed_ips", &filter, direction);
    let after = cursors.decode(query.cursor.as_deref())?;
    page::respond(query.size()?, async |size| {
        let found =
            ip_rules::list_allowed_networks(&platform, tenant, size, direction, after.clone())
                .await?;
        let data = found.items.iter().map(AllowedNetwork::from).collect();
        Ok(cursors.page(&found, data))
    })
    .await
}

/// Allow a network
///
/// Allows a network for a tenant, or only for one of its applications or API keys. From then on
/// requests from other addresses fail with 403 `address_not_allowed`, and their connections are
/// closed.
#[utoipa::path(
    post, path = "/admin/v1/tenants/{tenant}/ip_whitelist", tag = "ip_rules",
    params(("tenant" = wire::schema::TenantId, Path)), request_body = NewAllowedNetwork,
    responses((status = 201, description = "The network.", body = AllowedNetwork)),
)]
async fn allow_ip(
    State(state): State<AppState>,
    admin: Admin,
    TenantPath(tenant): TenantPath,
    Body(new): Body<NewAllowedNetwork>,
) -> ApiResult<(StatusCode, Json<AllowedNetwork>)> {
    let platform = admin.platform(&state);
    let author = author(&admin, false);
    let rule = ip_rules::allow_network(&platform, tenant, new.parsed()?, author).await?;
    Ok((StatusCode::CREATED, Json(AllowedNetwork::from(&rule))))
}

/// Remove an allowed network
///
/// Removes an allowed network of a tenant. Without a further one all addresses are allowed again.
#[utoipa::path(
    delete, path = "/admin/v1/tenants/{tenant}/ip_whitelist/{rule}", tag = "ip_rules",
    params(("tenant" = wire::schema::TenantId, Path), ("rule" = wire::schema::Id, Path)),
    responses((status = 204, description = "The network is removed.")),
)]
async fn remove_allowed_ip(
    State(state): State<AppState>,
    admin: Admin,
    AllowedNetworkPath(tenant, id): AllowedNetworkPath,
) -> ApiResult<StatusCode> {
    let platform = admin.platform(&state);
    ip_rules::remove_allowed_network(&platform, tenant, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) fn routes() -> AdminRoutes {
    admin_routes![
        "ip_rules": "Blocked and allowed networks of clients.";
        list_blocked_ips: ListBlockedIps,
        block_ip: BlockIp,
        unblock_ip: UnblockIp,
        list_tenant_blocked_ips: ListTenantBlockedIps,
        block_tenant_ip: BlockTenantIp,
        unblock_tenant_ip: UnblockTenantIp,
        list_allowed_ips: ListAllowedIps,
        allow_ip: AllowIp,
        remove_allowed_ip: RemoveAllowedIp,
    ]
}
