//! Webhooks of Meta and their journal: `/v1/webhooks/meta` and `/v1/webhook_events`.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderName};
use axum::response::{IntoResponse, Response};
use base::{Error, ErrorCode, limit};
use domain::auth::AuthContext;
use domain::integrations;
use serde::Deserialize;
use utoipa::IntoParams;
use wire::{Page, WebhookEvent, WebhookEventState, WebhookReplay, WebhookReplayed};

use crate::cursor::ListCursors;
use crate::error::ApiResult;
use crate::extract::{Body, MetaWebhookPath, PageQuery, Paged, Query, read_body};
use crate::headers::single;
use crate::middleware::RequestContext;
use crate::page;
use crate::routes::{Routes, routes};
use crate::state::AppState;

const SIGNATURE: HeaderName = HeaderName::from_static("x-hub-signature-256");

/// Handshake of a webhook.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Handshake {
    /// `subscribe`.
    #[serde(rename = "hub.mode")]
    mode: String,
    /// Number to return.
    #[serde(rename = "hub.challenge")]
    challenge: String,
    /// The verify token of the integration.
    #[serde(rename = "hub.verify_token")]
    verify_token: String,
}

/// Verify a webhook of Meta
///
/// Handshake of Meta: returns `hub.challenge` if `hub.verify_token` is the verify token of the
/// integration, and 403 `verify_token_invalid` otherwise. Requires no other credential.
#[utoipa::path(
    get, path = "/v1/webhooks/meta/{tenant}/{integration}", tag = "integrations",
    params(("tenant" = wire::schema::TenantId, Path), ("integration" = wire::schema::Id, Path), Handshake),
    responses((status = 200, description = "The challenge.", body = str, example = "1158201444")),
)]
async fn verify_meta_webhook(
    State(state): State<AppState>,
    MetaWebhookPath(tenant, id): MetaWebhookPath,
    Query(handshake): Query<Handshake>,
) -> ApiResult<Response> {
    let tenant = state.authenticator().tenant(tenant).await.map_err(hidden)?;
    let token = &handshake.verify_token;
    integrations::verify_handshake(&tenant, state.key_ring(), id, token).await?;
    let challenge = handshake.challenge;
    let is_valid = handshake.mode == "subscribe"
        && challenge.len() <= limit::PLATFORM_SECRET_LENGTH
        && challenge.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !is_valid {
        let message = "must be a number, with hub.mode subscribe";
        return Err(Error::invalid("hub.challenge", message).into());
    }
    Ok(([(CONTENT_TYPE, "text/plain")], challenge).into_response())
}

/// Receive a webhook of Meta
///
/// Stores the updates of a request and returns 200; they are processed afterwards. The header
/// `X-Hub-Signature-256` must be the HMAC-SHA-256 of the body under the app secret of the
/// integration, otherwise it fails with 401 `signature_invalid`. An update belongs to the integration
/// of the tenant that has its phone number or account. Requires no other credential.
#[utoipa::path(
    post, path = "/v1/webhooks/meta/{tenant}/{integration}", tag = "integrations",
    params(("tenant" = wire::schema::TenantId, Path), ("integration" = wire::schema::Id, Path)),
    responses((status = 200, description = "The updates are stored.")),
)]
async fn receive_meta_webhook(
    State(state): State<AppState>,
    MetaWebhookPath(tenant, id): MetaWebhookPath,
    request: Request,
) -> ApiResult<()> {
    let tenant = state.authenticator().tenant(tenant).await.map_err(hidden)?;
    let headers: HeaderMap = request.headers().clone();
    let signature = single(&headers, &SIGNATURE)?;
    let context = request.extensions().get::<RequestContext>().cloned();
    let raw = read_body(request, limit::PLATFORM_WEBHOOK_BYTES).await?;
    integrations::journal(&tenant, state.key_ring(), id, signature, &raw).await?;
    // Signed requests do not count as requests without a credential.
    if let Some(context) = context {
        context.set_tenant(tenant.id());
    }
    Ok(())
}

/// Returns the error of an integration that does not exist for an unknown tenant.
fn hidden(error: Error) -> Error {
    if error.code == ErrorCode::TenantNotFound {
        let message = "There is no such integration.";
        return Error::new(ErrorCode::IntegrationNotFound, message);
    }
    error
}

/// Filter of webhook events.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct WebhookEventQuery {
    /// Returns events of this state.
    state: Option<WebhookEventState>,
}

/// List webhook events
///
/// Returns what platforms have sent in the last 30 days, in the order of arrival. The content is not
/// returned. Requires `integrations:read`.
#[utoipa::path(
    get, path = "/v1/webhook_events", tag = "integrations", params(WebhookEventQuery, PageQuery),
    responses((status = 200, description = "A page of events.", body = Page<WebhookEvent>)),
)]
async fn list_webhook_events(
    State(state): State<AppState>,
    auth: AuthContext,
    Paged(query, page): Paged<WebhookEventQuery>,
) -> ApiResult<Response> {
    let direction = page.direction();
    let filter = format!("{:?}", query.state);
    let cursors = ListCursors::new(&state, &auth, "list_webhook_events", &filter, direction);
    let after = cursors.decode(page.cursor.as_deref())?;
    page::respond(page.size()?, async |size| {
        let filter = query.state.map(Into::into);
        let found =
            integrations::list_events(&auth.tenant, filter, size, direction, after.clone()).await?;
        let data = found.items.iter().map(WebhookEvent::from).collect();
        Ok(cursors.page(&found, data))
    })
    .await
}

/// Replay webhook events
///
/// Processes up to 200 events of a state again, oldest first. A message that exists is not created
/// again. Requires `integrations:write`.
#[utoipa::path(
    post, path = "/v1/webhook_events/replay", tag = "integrations", request_body = WebhookReplay,
    responses((status = 200, description = "The number of events.", body = WebhookReplayed)),
)]
async fn replay_webhook_events(
    auth: AuthContext,
    Body(replay): Body<WebhookReplay>,
) -> ApiResult<Json<WebhookReplayed>> {
    let events = integrations::replay_events(&auth.tenant, replay.state.into()).await?;
    Ok(Json(WebhookReplayed { events }))
}

pub(crate) fn routes() -> Routes {
    routes![
        verify_meta_webhook: Anyone [],
        receive_meta_webhook: Anyone [],
        list_webhook_events: Server [IntegrationsRead],
        replay_webhook_events: Server [IntegrationsWrite],
    ]
}
