use std::sync::Arc;

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::STRICT_TRANSPORT_SECURITY;
use axum::middleware::{from_fn, map_response};
use axum::response::Response;
use http_api::AppState;
use realtime::Hub;

use crate::cli_error::CliError;
use crate::demo::{self, Demo};
use crate::services::Services;
use crate::{operator, pages};

/// Returns the routes of the public listener: API, WebSocket, SSE and, with the
/// demo, the chat page.
///
/// # Errors
/// Fails if a route of the API has no policy.
pub fn public_router(
    services: &Services,
    hub: Hub,
    demo: Option<Arc<Demo>>,
) -> Result<Router, CliError> {
    let api = app_state(services);
    let demo = demo.map_or_else(Router::new, |demo| {
        demo::routes(demo).merge(pages::routes())
    });
    let router = http_api::router(api, realtime::router(hub).merge(demo))
        .map_err(|error| CliError::new("Cannot serve the API").with_cause(error))?;
    Ok(router.layer(from_fn(operator::count)))
}

/// Returns the routes of the admin API.
pub fn admin_router(services: &Services) -> Router {
    http_api::admin::router(app_state(services)).layer(from_fn(operator::count))
}

fn app_state(services: &Services) -> AppState {
    let Services {
        store,
        key_ring,
        user_cache,
        authenticator,
        event_ingest,
        media,
        media_storage: _,
        sign_in,
        mailer: _,
        bridge: _,
    } = services.clone();
    let cursor_key = key_ring.cursor_key();
    AppState::new(
        store,
        authenticator,
        key_ring,
        user_cache,
        cursor_key,
        event_ingest,
        media,
        sign_in,
    )
}

/// Adds `Strict-Transport-Security` for one year to all responses.
pub fn add_hsts(router: Router) -> Router {
    router.layer(map_response(async |mut response: Response| {
        let year = HeaderValue::from_static("max-age=31536000");
        response
            .headers_mut()
            .insert(STRICT_TRANSPORT_SECURITY, year);
        response
    }))
}
