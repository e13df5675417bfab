//! The chat page, embedded in the binary: plain files without a build step
//! and without requests to other hosts.

mod asset;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rust_embed::{EmbeddedFile, RustEmbed};

/// Files of the page.
#[derive(RustEmbed)]
#[folder = "../../console/"]
struct Console;

/// Files of the JavaScript client that the page uses.
#[derive(RustEmbed)]
#[folder = "../../sdk/js/src/"]
struct Sdk;

/// Returns the routes of the page: `/`, and its files at their paths in the repository.
pub fn routes() -> Router {
    Router::new()
        .route(
            "/",
            get(async |headers: HeaderMap| {
                respond("index.html", Console::get("index.html"), &headers)
            }),
        )
        .route(
            "/console/{*path}",
            get(async |Path(path): Path<String>, headers: HeaderMap| {
                respond(&path, Console::get(&path), &headers)
            }),
        )
        .route(
            "/sdk/js/src/{*path}",
            get(async |Path(path): Path<String>, headers: HeaderMap| {
                respond(&path, Sdk::get(&path), &headers)
            }),
        )
}

fn respond(path: &str, file: Option<EmbeddedFile>, headers: &HeaderMap) -> Response {
    match (file, asset::media_type(path)) {
        (Some(file), Some(media_type)) => asset::serve(&file, media_type, headers),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}
