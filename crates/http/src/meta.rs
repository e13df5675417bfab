//! Limits and health: `/v1/limits`, `/healthz` and `/readyz`.

use axum::Json;
use axum::extract::State;
use wire::Limits;

use crate::error::ApiResult;
use crate::routes::{Routes, routes};
use crate::state::AppState;

/// List the limits
///
/// Returns all limits of the product with their values and units. Requires no credential.
#[utoipa::path(
    get, path = "/v1/limits", tag = "meta", responses((status = 200, description = "The limits.", body = Limits)),
)]
async fn get_limits() -> Json<Limits> {
    Json(Limits::all())
}

/// Check liveness
///
/// Returns 200 while the process runs. Requires no credential, and is not rate limited.
#[utoipa::path(get, path = "/healthz", tag = "meta", responses((status = 200, description = "The process runs.", body = str, example = "ok")))]
async fn get_health() -> &'static str {
    "ok"
}

/// Check readiness
///
/// Returns 200 if the store can be read and written. Returns 503 while it does not respond, its
/// disk is full or a file is damaged; reads may still succeed meanwhile. Requires no credential,
/// and is not rate limited.
#[utoipa::path(get, path = "/readyz", tag = "meta", responses((status = 200, description = "The server can serve requests.", body = str, example = "ready")))]
async fn get_readiness(State(state): State<AppState>) -> ApiResult<&'static str> {
    domain::tenants::ready(state.store()).await?;
    Ok("ready")
}

pub(crate) fn routes() -> Routes {
    routes![
        "meta": "Health, limits and API description.";
        get_limits: Anyone [],
        get_health: Anyone [],
        get_readiness: Anyone [],
    ]
}
