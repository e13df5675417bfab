//! The chat page, embedded in the binary: plain files, no build step, no
//! request to another host.

mod asset;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rust_embed::{EmbeddedFile, RustEmbed};

/// The page.
#[derive(RustEmbed)]
#[folder = "../../console/"]
struct Console;

/// The client it is built on.
#[derive(RustEmbed)]
#[folder = "../../sdk/js/src/"]
struct Sdk;

/// The page at `/` and its parts, at the paths they have in the repository.
pub fn routes() -> Router {
    Router::new()
        .route(
            "/",
            get(async |headers: HeaderMap| {
                answer("index.html", Console::get("index.html"), &headers)
            }),
        )
        .route(
            "/console/{*path}",
            get(async |Path(path): Path<String>, headers: HeaderMap| {
                answer(&path, Console::get(&path), &headers)
            }),
        )
        .route(
            "/sdk/js/src/{*path}",
            get(async |Path(path): Path<String>, headers: HeaderMap| {
                answer(&path, Sdk::get(&path), &headers)
            }),
        )
}

fn answer(path: &str, file: Option<EmbeddedFile>, headers: &HeaderMap) -> Response {
    match (file, asset::media_type(path)) {
        (Some(file), Some(media_type)) => asset::serve(&file, media_type, headers),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}
