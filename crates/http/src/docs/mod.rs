//! The API's description: as OpenAPI and as a page that needs no other host.

mod page;

use std::sync::OnceLock;

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use crate::routes::{Routes, routes};
use crate::state::AppState;

static PAGE: OnceLock<String> = OnceLock::new();

const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";

pub(crate) fn routes() -> Routes {
    routes![get_openapi: Anyone [], get_docs: Anyone []]
}

/// Get this document
#[utoipa::path(
    get, path = "/openapi.json", tag = "meta", responses((status = 200, description = "OpenAPI 3.1.", body = Object)),
)]
async fn get_openapi(State(state): State<AppState>) -> Response {
    (
        [
            (CONTENT_TYPE, "application/json"),
            (CACHE_CONTROL, "no-cache"),
        ],
        state.openapi_json(),
    )
        .into_response()
}

/// Get this document as a page
#[utoipa::path(
    get, path = "/docs", tag = "meta",
    responses((status = 200, description = "HTML.", body = str, content_type = "text/html")),
)]
async fn get_docs(State(state): State<AppState>) -> Response {
    let page = PAGE.get_or_init(|| {
        page::render(&serde_json::from_slice(&state.openapi_json()).unwrap_or_default())
    });
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, "no-cache"),
    ];
    (headers, page.as_str()).into_response()
}
