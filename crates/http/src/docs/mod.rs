//! The API description: the OpenAPI document, and a page that renders it with a
//! vendored copy of `RapiDoc`.

mod assets;

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use axum::response::{IntoResponse, Response};

use crate::routes::{Routes, routes};
use crate::state::AppState;

const PAGE: &str = include_str!("page.html");

/// The bundle writes `style` elements and attributes, and its style sheet holds
/// an image as a `data:` URL. Trusted Types are not required: the bundle assigns
/// `innerHTML` where a reader collapses a schema.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(crate) fn routes() -> Routes {
    let mut routes = routes![get_openapi: Anyone [], get_docs: Anyone []];
    routes.router = assets::add_to(routes.router);
    routes
}

/// Get the OpenAPI document
///
/// Returns the OpenAPI 3.1 description of this API.
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

/// Get the API reference
///
/// A page that shows every operation and sends requests to this server.
#[utoipa::path(
    get, path = "/docs", tag = "meta",
    responses((status = 200, description = "HTML.", body = str, content_type = "text/html")),
)]
async fn get_docs() -> Response {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-cache"),
    ];
    (headers, PAGE).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn page_allows_scripts_and_requests_of_its_own_origin_only() {
        let page = get_docs().await;
        assert_eq!(page.headers()[CONTENT_TYPE], "text/html; charset=utf-8");
        let policy = page.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap();
        for directive in [
            "default-src 'none'",
            "script-src 'self'",
            "connect-src 'self'",
            "frame-ancestors 'none'",
        ] {
            assert!(
                policy.split("; ").any(|found| found == directive),
                "{directive}"
            );
        }
        assert!(!policy.contains("http"), "{policy}");
    }

    #[test]
    fn page_names_no_other_host() {
        assert!(!PAGE.contains("://"));
        assert!(PAGE.contains("load-fonts=\"false\""));
    }

    #[test]
    fn files_that_the_page_loads_exist_with_their_type() {
        let loaded = PAGE.split('"').filter(|value| value.starts_with("/docs/"));
        let types: Vec<_> = loaded
            .map(|path| assets::media_type(path).unwrap())
            .collect();
        let javascript = "text/javascript; charset=utf-8";
        assert_eq!(types, ["text/css; charset=utf-8", javascript, javascript]);
    }
}
