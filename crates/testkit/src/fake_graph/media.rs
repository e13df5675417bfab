//! Media of received messages. Each id of digits is the same picture; id `404` does not exist.

use axum::Json;
use axum::extract::{Path, State as Extracted};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::State;

/// The picture, a PNG of one pixel.
pub const PIXEL: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52,
    0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x06, 0x00, 0x00, 0x00, 0x1f, 0x15, 0xc4,
    0x89, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x44, 0x41, 0x54, 0x78, 0xda, 0x63, 0x64, 0xf8, 0xcf, 0x50,
    0x0f, 0x00, 0x03, 0x86, 0x01, 0x80, 0x5a, 0x34, 0x7d, 0x6b, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45,
    0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
];

fn is_authorized(headers: &HeaderMap) -> bool {
    let value = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    value.is_some_and(|value| value.starts_with("Bearer "))
}

/// Returns where media is.
pub(super) async fn describe(
    Extracted(state): Extracted<State>,
    Path((_, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    if !is_authorized(&headers) || id == "404" {
        let error = json!({"error": {"code": 100, "message": "Object does not exist."}});
        return (StatusCode::BAD_REQUEST, Json(error)).into_response();
    }
    let url = format!("{}/_media/{id}", state.url);
    Json(json!({"url": url, "mime_type": "image/png", "id": id, "messaging_product": "whatsapp"}))
        .into_response()
}

/// Returns the content of media.
pub(super) async fn content(headers: HeaderMap) -> Response {
    if !is_authorized(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    ([(CONTENT_TYPE, "image/png")], PIXEL).into_response()
}
