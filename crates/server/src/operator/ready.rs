use std::error::Error;
use std::time::Duration;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use store::Store;

/// How long the store may take to answer before the server counts as not ready.
const PATIENCE: Duration = Duration::from_secs(5);

/// Returns 200 while the store can be read and written, else 503 with the reason.
pub async fn ready(store: &Store) -> Response {
    let reason = match tokio::time::timeout(PATIENCE, domain::tenants::ready(store)).await {
        Ok(Ok(())) => return Json(json!({"ready": true, "store": "ok"})).into_response(),
        Ok(Err(error)) => match error.source() {
            Some(cause) => format!("{error}: {cause}"),
            None => error.to_string(),
        },
        Err(_) => "the store does not answer in time".to_owned(),
    };
    (
        StatusCode::SERVICE_UNAVAILABLE,
        Json(json!({"ready": false, "store": reason})),
    )
        .into_response()
}
