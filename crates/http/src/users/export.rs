use axum::body::Body;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use domain::export::Archive;
use futures_util::stream::try_unfold;

use crate::extract::{Caller, UserPath};
use crate::refusal::Answer;

/// Export a user
///
/// Everything that is stored about a user, a deleted one too: a zip with a file of JSON lines for each collection that
/// names them, and at the end `manifest.json` with the number of documents in each. An archive without it was cut short.
/// An API key needs the scope `export:read`.
#[utoipa::path(
    get, path = "/v1/users/{user}/export", tag = "users", params(("user" = wire::schema::Named, Path)),
    responses((status = 200, description = "The archive.", content_type = "application/zip", body = Vec<u8>)),
)]
pub(super) async fn export_user(caller: Caller, UserPath(name): UserPath) -> Answer<Response> {
    let archive = Archive::begin(&caller.tenant, &name).await?;
    let attachment = format!("attachment; filename=\"{}\"", archive.file_name());
    let bytes = try_unfold(archive, async |mut archive| {
        archive
            .next()
            .await
            .map(|bytes| bytes.map(|bytes| (bytes, archive)))
    });
    let headers = [
        (CONTENT_TYPE, "application/zip".to_owned()),
        (CONTENT_DISPOSITION, attachment),
    ];
    Ok((headers, Body::from_stream(bytes)).into_response())
}
