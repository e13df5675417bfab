//! Content of files: `/v1/files/{file}/content`.

use std::fmt::Write as _;
use std::ops::Range;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, IF_RANGE, LOCATION,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base::{Error, ErrorCode, Id, Result, limit};
use domain::auth::AuthContext;
use domain::media::{self, FileState, ObjectName, is_inline};
use domain::messaging::readable_file;
use serde::Deserialize;
use store::Entity;
use utoipa::IntoParams;
use wire::MessageId;

use crate::cost::Cost;
use crate::error::ApiResult;
use crate::extract::{FilePath, Query};
use crate::routes::{Routes, routes};
use crate::state::AppState;
use crate::transfer::{Requested, download};

/// Content security policy of file content, which may come from anybody.
const CONTENT_POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");

/// Content never changes.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("private, max-age=31536000, immutable");

/// Content to read.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ContentQuery {
    /// A message that holds the file and that the user may read. Users need it for files that others uploaded.
    #[param(value_type = Option<wire::schema::Id>)]
    message_id: Option<MessageId>,
    /// Name of a variant; by default the original.
    variant: Option<String>,
}

/// Get the content of a file
///
/// Returns the content of a file or of a variant. Supports `Range` and `If-None-Match`. Content that
/// browsers could execute is sent as a download. Requires `files:read`; the rules of access are those
/// of the file. Fails with 409 `file_not_ready` until the file is `ready`.
#[utoipa::path(
    get, path = "/v1/files/{file}/content", tag = "files",
    params(("file" = wire::schema::Id, Path), ContentQuery),
    responses(
        (status = 200, description = "The content.", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 302, description = "The content is at `Location`, if the operator lets clients download from the bucket."),
        (status = 206, description = "The requested range.", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 304, description = "The content is the one of `If-None-Match`."),
        (status = 416, description = "The range is outside the content."),
    ),
)]
async fn get_file_content(
    State(state): State<AppState>,
    auth: AuthContext,
    FilePath(id): FilePath,
    Query(query): Query<ContentQuery>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let file = readable_file(&auth.tenant, auth.actor, id, query.message_id).await?;
    let content = Content::of(&auth.tenant, file, query.variant).await?;
    Ok(content.respond(&state, &headers).await?)
}

/// Content of a file that a caller may read.
pub(crate) struct Content {
    tenant: base::TenantId,
    file: Id<media::File>,
    variant: Option<String>,
    is_stripped: bool,
    name: Option<String>,
    media_type: String,
    size: u64,
    etag: String,
}

impl Content {
    /// Finds the original or a variant of a file.
    ///
    /// # Errors
    /// 404 `file_not_found` for an unknown variant, 409 `file_not_ready`.
    pub(crate) async fn of(
        tenant: &store::TenantStore,
        file: Entity<media::File>,
        variant: Option<String>,
    ) -> Result<Self> {
        if file.state != FileState::Ready {
            let detail = format!("The file is {}.", file.state);
            return Err(Error::new(ErrorCode::FileNotReady, detail));
        }
        let size = |size: i64| u64::try_from(size).unwrap_or(0);
        let hash = file.sha256.clone().unwrap_or_default();
        let Some(variant) = variant else {
            return Ok(Self {
                tenant: tenant.id(),
                file: file.id,
                variant: None,
                is_stripped: file.is_stripped == Some(true),
                size: size(file.size),
                etag: format!("\"{hash}\""),
                name: file.doc.name,
                media_type: file.doc.content_type,
            });
        };
        let details = media::details(tenant, [file.id]).await?.remove(&file.id);
        let found = details
            .into_iter()
            .flat_map(|details| details.variants)
            .find(|found| found.name == variant)
            .ok_or_else(|| Error::new(ErrorCode::FileNotFound, "The file has no such variant."))?;
        Ok(Self {
            tenant: tenant.id(),
            file: file.id,
            variant: Some(variant),
            is_stripped: false,
            size: size(found.size),
            etag: format!("\"{hash}-{}\"", found.name),
            name: file.doc.name,
            media_type: found.content_type,
        })
    }

    /// Returns the file.
    pub(crate) const fn file(&self) -> Id<media::File> {
        self.file
    }

    /// Returns the header `Content-Disposition` (RFC 6266) with the name of the file.
    fn disposition(&self, is_inline: bool) -> HeaderValue {
        let text = disposition(is_inline, self.name.as_deref());
        HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("attachment"))
    }

    /// Returns the response to a request for the content.
    ///
    /// # Errors
    /// 503 if the media store is unavailable.
    pub(crate) async fn respond(&self, state: &AppState, headers: &HeaderMap) -> Result<Response> {
        self.respond_as(state, headers, is_inline(&self.media_type))
            .await
    }

    /// Returns the response, which browsers show or save.
    ///
    /// # Errors
    /// 503 if the media store is unavailable.
    pub(crate) async fn respond_as(
        &self,
        state: &AppState,
        headers: &HeaderMap,
        is_inline: bool,
    ) -> Result<Response> {
        if let Some(url) = self.presigned(state, is_inline).await? {
            let location = HeaderValue::from_str(&url).map_err(Error::internal)?;
            let no_store = HeaderValue::from_static("no-store");
            let headers = [(LOCATION, location), (CACHE_CONTROL, no_store)];
            return Ok((StatusCode::FOUND, headers).into_response());
        }
        let mut response = self.respond_here(state, headers).await?;
        let name = self.disposition(is_inline);
        response.headers_mut().insert(CONTENT_DISPOSITION, name);
        Ok(response)
    }

    /// Returns the URL of the bucket that has the content, if clients download from it.
    async fn presigned(&self, state: &AppState, is_inline: bool) -> Result<Option<String>> {
        let headers = (
            self.content_type().to_owned(),
            disposition(is_inline, self.name.as_deref()),
        );
        let storage = &state.media().storage;
        storage
            .presign(self.tenant, self.file, self.object(), headers)
            .await
    }

    fn object(&self) -> ObjectName<'_> {
        match &self.variant {
            Some(variant) => ObjectName::Variant(variant),
            None if self.is_stripped => ObjectName::Stripped,
            None => ObjectName::Original,
        }
    }

    /// Returns the media type that is sent: browsers must not execute what users upload.
    fn content_type(&self) -> &str {
        if is_inline(&self.media_type) {
            &self.media_type
        } else {
            "application/octet-stream"
        }
    }

    async fn respond_here(&self, state: &AppState, headers: &HeaderMap) -> Result<Response> {
        let is_known = headers
            .get(IF_NONE_MATCH)
            .and_then(|tags| tags.to_str().ok())
            .is_some_and(|tags| {
                tags.split(',').any(|tag| {
                    tag.trim().trim_start_matches("W/") == self.etag || tag.trim() == "*"
                })
            });
        if is_known {
            return Ok((StatusCode::NOT_MODIFIED, self.headers()).into_response());
        }
        let is_same = headers
            .get(IF_RANGE)
            .is_none_or(|tag| tag.as_bytes() == self.etag.as_bytes());
        let requested = if is_same {
            Requested::of(headers, self.size)
        } else {
            Requested::All
        };
        match requested {
            Requested::All => self.send(state, StatusCode::OK, 0..self.size).await,
            Requested::Range(range) => self.send(state, StatusCode::PARTIAL_CONTENT, range).await,
            Requested::Unsatisfiable => {
                let range = format!("bytes */{}", self.size);
                let headers = [(CONTENT_RANGE, range)];
                Ok((StatusCode::RANGE_NOT_SATISFIABLE, headers).into_response())
            }
        }
    }

    async fn send(
        &self,
        state: &AppState,
        status: StatusCode,
        range: Range<u64>,
    ) -> Result<Response> {
        let mut headers = self.headers();
        headers.insert(CONTENT_LENGTH, (range.end - range.start).into());
        if status == StatusCode::PARTIAL_CONTENT {
            let last = range.end.saturating_sub(1);
            let text = format!("bytes {}-{last}/{}", range.start, self.size);
            if let Ok(text) = HeaderValue::from_str(&text) {
                headers.insert(CONTENT_RANGE, text);
            }
        }
        let cost = (range.end - range.start) / limit::TRANSFER_COST_BYTES as u64;
        let body = if range.is_empty() {
            Body::empty()
        } else {
            let storage = &state.media().storage;
            let content = storage
                .read(self.tenant, self.file, self.object(), range)
                .await?;
            download(state, content)?
        };
        let mut response = (status, headers, body).into_response();
        response
            .extensions_mut()
            .insert(Cost(u32::try_from(cost).unwrap_or(u32::MAX)));
        Ok(response)
    }

    fn headers(&self) -> HeaderMap {
        let octets = HeaderValue::from_static("application/octet-stream");
        let content_type = HeaderValue::from_str(self.content_type()).unwrap_or(octets);
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, content_type);
        headers.insert(CACHE_CONTROL, IMMUTABLE);
        headers.insert(CONTENT_SECURITY_POLICY, CONTENT_POLICY);
        headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        if let Ok(etag) = HeaderValue::from_str(&self.etag) {
            headers.insert(ETAG, etag);
        }
        headers
    }
}

fn disposition(is_inline: bool, name: Option<&str>) -> String {
    let kind = if is_inline { "inline" } else { "attachment" };
    let Some(name) = name else {
        return kind.to_owned();
    };
    let mut text = format!("{kind}; filename*=UTF-8''");
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            // Writing to a `String` cannot fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

pub(crate) fn routes() -> Routes {
    routes![get_file_content: Caller [FilesRead]]
}
