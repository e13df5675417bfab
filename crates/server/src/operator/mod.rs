//! Admin listener: metrics, readiness and the admin API.

mod access;
mod descriptions;
mod metrics;

pub use access::{Access, token};
pub use descriptions::page as metrics_page;
pub use metrics::{Metrics, count};

use std::error::Error;
use std::time::Duration;

use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use store::Store;

/// Time after which an unresponsive store counts as not ready.
const STORE_TIMEOUT: Duration = Duration::from_secs(5);

/// Returns the routes of the admin listener: its own and those of the admin API.
pub fn routes(store: Store, metrics: Metrics, access: Access, api: Router) -> Router {
    Router::new()
        .route("/healthz", get(async || "ok"))
        .route("/readyz", get(async move || ready(&store).await))
        .route("/metrics", get(async move || metrics.page()))
        .merge(api)
        .layer(from_fn_with_state(access, access::check))
}

/// Returns 200 if the store can be read and written, otherwise 503 with the reason.
async fn ready(store: &Store) -> Response {
    let reason = match tokio::time::timeout(STORE_TIMEOUT, domain::tenants::ready(store)).await {
        Ok(Ok(())) => return Json(json!({"ready": true, "store": "ok"})).into_response(),
        Ok(Err(error)) => match error.source() {
            Some(cause) => format!("{error}: {cause}"),
            None => error.to_string(),
        },
        Err(_) => "the store did not respond in time".to_owned(),
    };
    (
        StatusCode::SERVICE_UNAVAILABLE,
        Json(json!({"ready": false, "store": reason})),
    )
        .into_response()
}
