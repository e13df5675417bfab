//! The files that the API reference loads, embedded in the binary.

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::state::AppState;

const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";

const REVALIDATED: &str = "no-cache";
/// For files whose path names their version.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";

struct Asset {
    path: &'static str,
    media_type: &'static str,
    cache_control: &'static str,
    content: &'static str,
}

const ASSETS: [Asset; 5] = [
    Asset {
        path: "/docs/page.css",
        media_type: CSS,
        cache_control: REVALIDATED,
        content: include_str!("page.css"),
    },
    Asset {
        path: "/docs/page.js",
        media_type: JAVASCRIPT,
        cache_control: REVALIDATED,
        content: include_str!("page.js"),
    },
    Asset {
        path: "/docs/rapidoc-9.3.8/rapidoc-min.js",
        media_type: JAVASCRIPT,
        cache_control: IMMUTABLE,
        content: include_str!("../../vendor/rapidoc-9.3.8/rapidoc-min.js"),
    },
    // The licence requires its text in every copy, so the binary serves it too.
    Asset {
        path: "/docs/rapidoc-9.3.8/LICENSE.txt",
        media_type: TEXT,
        cache_control: IMMUTABLE,
        content: include_str!("../../vendor/rapidoc-9.3.8/LICENSE.txt"),
    },
    Asset {
        path: "/docs/rapidoc-9.3.8/rapidoc-min.js.LICENSE.txt",
        media_type: TEXT,
        cache_control: IMMUTABLE,
        content: include_str!("../../vendor/rapidoc-9.3.8/rapidoc-min.js.LICENSE.txt"),
    },
];

/// Adds a route for each file. They are no operations of the API.
pub(super) fn add_to(router: Router<AppState>) -> Router<AppState> {
    ASSETS.iter().fold(router, |router, asset| {
        router.route(asset.path, get(async || asset.response()))
    })
}

impl Asset {
    fn response(&self) -> Response {
        let headers = [
            (CONTENT_TYPE, self.media_type),
            (CACHE_CONTROL, self.cache_control),
        ];
        (headers, self.content).into_response()
    }
}

/// Returns the media type that a file is served with.
#[cfg(test)]
pub(super) fn media_type(path: &str) -> Option<String> {
    let asset = ASSETS.iter().find(|asset| asset.path == path)?;
    let response = asset.response();
    let value = response.headers().get(CONTENT_TYPE)?;
    value.to_str().ok().map(str::to_owned)
}
