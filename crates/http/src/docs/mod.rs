//! The API's description: as OpenAPI and as a page that needs no other host.

mod page;

use std::sync::LazyLock;

use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use crate::routes::{Routes, routes};

static JSON: LazyLock<String> = LazyLock::new(crate::openapi::openapi_json);
static PAGE: LazyLock<String> = LazyLock::new(|| page::render(&crate::openapi::DOCUMENT));

const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";

pub(crate) fn routes() -> Routes {
    routes![get_openapi, get_docs]
}

/// Get this document
#[utoipa::path(
    get, path = "/openapi.json", tag = "meta", responses((status = 200, description = "OpenAPI 3.1.", body = Object)),
)]
async fn get_openapi() -> Response {
    (
        [
            (CONTENT_TYPE, "application/json"),
            (CACHE_CONTROL, "no-cache"),
        ],
        JSON.as_str(),
    )
        .into_response()
}

/// Get this document as a page
#[utoipa::path(
    get, path = "/docs", tag = "meta",
    responses((status = 200, description = "HTML.", body = str, content_type = "text/html")),
)]
async fn get_docs() -> Response {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, "no-cache"),
    ];
    (headers, PAGE.as_str()).into_response()
}
