//! Integrations with WhatsApp and Instagram: `/v1/integrations`, the links and channels of clients.

use axum::Json;
use axum::extract::State;
use axum::http::header::HOST;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use base::{Direction, PageSize};
use domain::auth::AuthContext;
use domain::integrations;
use domain::users::resolve;
use store::Entity;
use wire::{
    ChannelAssignment, Integration, IntegrationPatch, ListResponse, NewChannelAssignment,
    NewIntegration, Page, PlatformLink,
};

use crate::cursor::ListCursors;
use crate::error::ApiResult;
use crate::extract::{Body, IntegrationPath, OptionalBody, PageQuery, Query, UserPath};
use crate::page;
use crate::routes::{Routes, routes};
use crate::state::AppState;

/// Returns an integration with the URL of its webhook at the host of the request.
fn shown(
    auth: &AuthContext,
    headers: &HeaderMap,
    integration: &Entity<integrations::PlatformIntegration>,
) -> Integration {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let tenant = auth.tenant.id();
    let path = format!("/v1/webhooks/meta/{tenant}/{}", integration.id);
    let url = format!("https://{}{path}", host.unwrap_or_default());
    Integration::of(integration, url)
}

/// List integrations
///
/// Returns the integrations of the tenant, oldest first by default. Their secrets are never
/// returned. Requires `integrations:read`.
#[utoipa::path(
    get, path = "/v1/integrations", tag = "integrations", params(PageQuery),
    responses((status = 200, description = "A page of integrations.", body = Page<Integration>)),
)]
async fn list_integrations(
    State(state): State<AppState>,
    auth: AuthContext,
    headers: HeaderMap,
    Query(page): Query<PageQuery>,
) -> ApiResult<Response> {
    let direction = page.direction();
    let cursors = ListCursors::new(&state, &auth, "list_integrations", "", direction);
    let after = cursors.decode(page.cursor.as_deref())?;
    page::respond(page.size()?, async |size| {
        let found = integrations::list(&auth.tenant, size, direction, after.clone()).await?;
        let entries = found.items.iter();
        let data = entries.map(|entry| shown(&auth, &headers, entry)).collect();
        Ok(cursors.page(&found, data))
    })
    .await
}

/// Create an integration
///
/// Connects the tenant to a WhatsApp Business phone number or an Instagram account. Enter
/// `webhook_url` and the verify token at Meta. Fails with 409 `integration_exists` if another
/// integration of the tenant has the phone number or account. Requires `integrations:write`.
#[utoipa::path(
    post, path = "/v1/integrations", tag = "integrations", request_body = NewIntegration,
    responses((status = 201, description = "The integration.", body = Integration)),
)]
async fn create_integration(
    State(state): State<AppState>,
    auth: AuthContext,
    headers: HeaderMap,
    Body(new): Body<NewIntegration>,
) -> ApiResult<(StatusCode, Json<Integration>)> {
    let created =
        integrations::create(&auth.tenant, state.key_ring(), auth.actor, new.into()).await?;
    Ok((StatusCode::CREATED, Json(shown(&auth, &headers, &created))))
}

/// Get an integration
///
/// Returns an integration without its secrets. Requires `integrations:read`.
#[utoipa::path(
    get, path = "/v1/integrations/{integration}", tag = "integrations",
    params(("integration" = wire::schema::Id, Path)),
    responses((status = 200, description = "The integration.", body = Integration)),
)]
async fn get_integration(
    auth: AuthContext,
    IntegrationPath(id): IntegrationPath,
    headers: HeaderMap,
) -> ApiResult<Json<Integration>> {
    let integration = integrations::get(&auth.tenant, id).await?;
    Ok(Json(shown(&auth, &headers, &integration)))
}

/// Update an integration
///
/// Changes the given fields. A new secret replaces the previous one at once; a new access token also
/// ends `reauthorization_required`. Requires `integrations:write`.
#[utoipa::path(
    patch, path = "/v1/integrations/{integration}", tag = "integrations",
    params(("integration" = wire::schema::Id, Path)), request_body = IntegrationPatch,
    responses((status = 200, description = "The integration.", body = Integration)),
)]
async fn update_integration(
    State(state): State<AppState>,
    auth: AuthContext,
    IntegrationPath(id): IntegrationPath,
    headers: HeaderMap,
    Body(patch): Body<IntegrationPatch>,
) -> ApiResult<Json<Integration>> {
    let updated = integrations::update(&auth.tenant, state.key_ring(), id, patch.into()).await?;
    Ok(Json(shown(&auth, &headers, &updated)))
}

/// Delete an integration
///
/// Deletes an integration with its secrets. Channels, messages and links of clients stay. The
/// account can be connected again. Requires `integrations:write`.
#[utoipa::path(
    delete, path = "/v1/integrations/{integration}", tag = "integrations",
    params(("integration" = wire::schema::Id, Path)),
    responses((status = 204, description = "The integration is deleted.")),
)]
async fn delete_integration(
    auth: AuthContext,
    IntegrationPath(id): IntegrationPath,
) -> ApiResult<StatusCode> {
    integrations::delete(&auth.tenant, auth.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List the platform links of a client
///
/// Returns the accounts from which a client writes, with all ids by which their platforms name the
/// client. Requires `integrations:read`.
#[utoipa::path(
    get, path = "/v1/users/{user}/platform_links", tag = "integrations",
    params(("user" = wire::schema::Named, Path)),
    responses((status = 200, description = "The links.", body = ListResponse<PlatformLink>)),
)]
async fn list_platform_links(
    auth: AuthContext,
    UserPath(name): UserPath,
) -> ApiResult<Json<ListResponse<PlatformLink>>> {
    let user = resolve(&auth.tenant, &name).await?.id;
    // A client has at most one link per integration, so that all fit on a page.
    let direction = Direction::Forward;
    let links = integrations::links_of(&auth.tenant, user, PageSize::MAX, direction, None);
    let (found, aliases) = links.await?;
    let links = found.items.iter();
    let data = links.map(|link| PlatformLink::of(link, &aliases)).collect();
    Ok(Json(ListResponse { data }))
}

/// List the channel assignments of a client
///
/// Returns the current and the former channels of a client, newest first by default. Requires
/// `integrations:read`.
#[utoipa::path(
    get, path = "/v1/users/{user}/channel_assignments", tag = "integrations",
    params(("user" = wire::schema::Named, Path), PageQuery),
    responses((status = 200, description = "A page of assignments.", body = Page<ChannelAssignment>)),
)]
async fn list_channel_assignments(
    State(state): State<AppState>,
    auth: AuthContext,
    UserPath(name): UserPath,
    Query(page): Query<PageQuery>,
) -> ApiResult<Response> {
    let user = resolve(&auth.tenant, &name).await?.id;
    let direction = page.direction_or(Direction::Backward);
    let filter = user.to_string();
    let cursors = ListCursors::new(
        &state,
        &auth,
        "list_channel_assignments",
        &filter,
        direction,
    );
    let after = cursors.decode(page.cursor.as_deref())?;
    page::respond(page.size()?, async |size| {
        let found =
            integrations::list_assignments(&auth.tenant, user, size, direction, after.clone())
                .await?;
        let data = found.items.iter().map(ChannelAssignment::from).collect();
        Ok(cursors.page(&found, data))
    })
    .await
}

/// Assign a new channel to a client
///
/// Creates a private channel of the client and the given staff and makes it the client's current
/// one. The former channel keeps its messages. Fails with 409 `state_conflict` unless the user has
/// the role `client`, and with 409 `client_already_assigned` if another request was faster. Requires
/// `integrations:write`.
#[utoipa::path(
    post, path = "/v1/users/{user}/channel_assignments", tag = "integrations",
    params(("user" = wire::schema::Named, Path)), request_body = NewChannelAssignment,
    responses((status = 201, description = "The assignment.", body = ChannelAssignment)),
)]
async fn assign_channel(
    auth: AuthContext,
    UserPath(name): UserPath,
    OptionalBody(new): OptionalBody<NewChannelAssignment>,
) -> ApiResult<(StatusCode, Json<ChannelAssignment>)> {
    let user = resolve(&auth.tenant, &name).await?.id;
    let staff = integrations::resolve_staff(&auth.tenant, "/staff", &new.staff).await?;
    let assigned = integrations::assign_channel(&auth.tenant, auth.actor, user, &staff).await?;
    Ok((
        StatusCode::CREATED,
        Json(ChannelAssignment::from(&assigned)),
    ))
}

pub(crate) fn routes() -> Routes {
    routes![
        "integrations": "WhatsApp and Instagram: accounts, clients and webhooks.";
        list_integrations: Server [IntegrationsRead],
        create_integration: Server [IntegrationsWrite],
        get_integration: Server [IntegrationsRead],
        update_integration: Server [IntegrationsWrite],
        delete_integration: Server [IntegrationsWrite],
        list_platform_links: Server [IntegrationsRead],
        list_channel_assignments: Server [IntegrationsRead],
        assign_channel: Server [IntegrationsWrite],
    ]
}
