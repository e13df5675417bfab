//! Resumable uploads by the tus protocol 1.0: `/v1/uploads`.

use std::time::{Duration, SystemTime};

use axum::Json;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, HeaderName, LOCATION};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use base::{Error, ErrorCode, Result, limit};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::auth::AuthContext;
use domain::media::{
    self, Checksum, FilePurpose, FileRules, NewFile, abort_upload, append_upload, begin_upload,
};
use domain::settings;
use wire::File;

use crate::error::ApiResult;
use crate::extract::UploadPath;
use crate::headers::single;
use crate::routes::{Routes, routes};
use crate::state::AppState;
use crate::transfer::{Upload, chunks};

/// Version of the protocol.
const VERSION: HeaderValue = HeaderValue::from_static("1.0.0");
const EXTENSIONS: HeaderValue =
    HeaderValue::from_static("creation,creation-with-upload,termination,checksum,expiration");
const ALGORITHMS: HeaderValue = HeaderValue::from_static("sha1,sha256");
const OFFSET_STREAM: &str = "application/offset+octet-stream";

const TUS_RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const TUS_VERSION: HeaderName = HeaderName::from_static("tus-version");
const TUS_EXTENSION: HeaderName = HeaderName::from_static("tus-extension");
const TUS_MAX_SIZE: HeaderName = HeaderName::from_static("tus-max-size");
const TUS_CHECKSUM_ALGORITHM: HeaderName = HeaderName::from_static("tus-checksum-algorithm");
const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const UPLOAD_LENGTH: HeaderName = HeaderName::from_static("upload-length");
const UPLOAD_METADATA: HeaderName = HeaderName::from_static("upload-metadata");
const UPLOAD_CHECKSUM: HeaderName = HeaderName::from_static("upload-checksum");
const UPLOAD_EXPIRES: HeaderName = HeaderName::from_static("upload-expires");
const METHOD_OVERRIDE: HeaderName = HeaderName::from_static("x-http-method-override");

/// Get the upload protocol
///
/// Returns the supported version and extensions of the tus protocol in the headers `Tus-Version`,
/// `Tus-Extension`, `Tus-Max-Size` and `Tus-Checksum-Algorithm`.
#[utoipa::path(
    options, path = "/v1/uploads", tag = "files",
    responses((status = 204, description = "The protocol, in headers.")),
)]
async fn get_upload_protocol() -> Response {
    let headers = [
        (TUS_VERSION, VERSION),
        (TUS_EXTENSION, EXTENSIONS),
        (TUS_MAX_SIZE, HeaderValue::from(limit::UPLOAD_BYTES)),
        (TUS_CHECKSUM_ALGORITHM, ALGORITHMS),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// Start a resumable upload
///
/// Creates an upload of `Upload-Length` bytes and returns its path in `Location`, whose last segment
/// is the id of the file. `Upload-Metadata` may have `filename`, `filetype` and `purpose`. The body
/// may have the first bytes, as `application/offset+octet-stream`. Every request of the protocol has
/// the header `Tus-Resumable: 1.0.0`; otherwise it fails with 412 `tus_version_unsupported`. An
/// upload that is incomplete after 24 hours is removed. Requires `files:write`.
#[utoipa::path(
    post, path = "/v1/uploads", tag = "files",
    params(
        ("Tus-Resumable" = String, Header, description = "Version of the protocol: `1.0.0`."),
        ("Upload-Length" = u64, Header, description = "Total bytes."),
        ("Upload-Metadata" = Option<String>, Header, description = "Keys with values in Base64, separated by commas."),
    ),
    responses((status = 201, description = "The file, in state `uploading`.", body = File)),
)]
async fn create_upload(
    State(state): State<AppState>,
    auth: AuthContext,
    request: Request,
) -> ApiResult<Response> {
    let headers = request.headers();
    check_version(headers)?;
    let length = number(headers, &UPLOAD_LENGTH)?
        .ok_or_else(|| Error::invalid("Upload-Length", "The header is required."))?;
    let metadata = single(headers, &UPLOAD_METADATA)?.map(str::to_owned);
    let mut new = new_file(&auth, metadata.as_deref())?;
    new.rules = settings::get(&auth.tenant).await?.file_rules();
    let content_type = single(headers, &CONTENT_TYPE)?;
    let has_content = content_type == Some(OFFSET_STREAM);
    let mut upload = begin_upload(&auth.tenant, state.media(), new, length, metadata).await?;
    if has_content || length == 0 {
        upload = append(&state, &auth, upload, 0, request).await?;
    }
    let mut headers = status_headers(&upload);
    let location = format!("/v1/uploads/{}", upload.file.id);
    if let Ok(location) = HeaderValue::from_str(&location) {
        headers.insert(LOCATION, location);
    }
    let file = File::of(upload.file, None);
    Ok((StatusCode::CREATED, headers, Json(file)).into_response())
}

/// Get an upload
///
/// Returns the file of an upload; the headers `Upload-Offset` and `Upload-Length` say how many bytes
/// were received. Clients of the protocol use `HEAD`. Requires `files:write`.
#[utoipa::path(
    get, path = "/v1/uploads/{upload}", tag = "files",
    params(("upload" = wire::schema::Id, Path)),
    responses((status = 200, description = "The file.", body = File)),
)]
async fn get_upload(
    auth: AuthContext,
    UploadPath(id): UploadPath,
    method: Method,
    headers: HeaderMap,
) -> ApiResult<Response> {
    if method == Method::HEAD {
        check_version(&headers)?;
    }
    let upload = media::get_upload(&auth.tenant, auth.actor, id).await?;
    let headers = status_headers(&upload);
    Ok((headers, Json(File::of(upload.file, None))).into_response())
}

/// Append to an upload
///
/// Appends the bytes of the body at `Upload-Offset`. If the connection breaks, the bytes that arrived
/// are kept, unless `Upload-Checksum` covers them. Requires `files:write`.
#[utoipa::path(
    patch, path = "/v1/uploads/{upload}", tag = "files",
    params(
        ("upload" = wire::schema::Id, Path),
        ("Tus-Resumable" = String, Header, description = "Version of the protocol: `1.0.0`."),
        ("Upload-Offset" = u64, Header, description = "Number of bytes that the server has."),
        ("Upload-Checksum" = Option<String>, Header, description = "`sha1` or `sha256`, and the hash of the body in Base64."),
    ),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses((status = 204, description = "The bytes are stored; `Upload-Offset` has their new number.")),
)]
async fn append_to_upload(
    State(state): State<AppState>,
    auth: AuthContext,
    UploadPath(id): UploadPath,
    request: Request,
) -> ApiResult<Response> {
    patch(&state, &auth, id, request).await
}

async fn patch(
    state: &AppState,
    auth: &AuthContext,
    id: base::Id<media::File>,
    request: Request,
) -> ApiResult<Response> {
    let headers = request.headers();
    check_version(headers)?;
    if single(headers, &CONTENT_TYPE)? != Some(OFFSET_STREAM) {
        let detail = format!("The body must be {OFFSET_STREAM}.");
        return Err(Error::new(ErrorCode::UnsupportedMediaType, detail).into());
    }
    let offset = number(headers, &UPLOAD_OFFSET)?
        .ok_or_else(|| Error::invalid("Upload-Offset", "The header is required."))?;
    let upload = media::get_upload(&auth.tenant, auth.actor, id).await?;
    let upload = append(state, auth, upload, offset, request).await?;
    Ok((StatusCode::NO_CONTENT, status_headers(&upload)).into_response())
}

/// Abort an upload
///
/// Removes an incomplete upload with its bytes. Requires `files:write`.
#[utoipa::path(
    delete, path = "/v1/uploads/{upload}", tag = "files",
    params(
        ("upload" = wire::schema::Id, Path),
        ("Tus-Resumable" = String, Header, description = "Version of the protocol: `1.0.0`."),
    ),
    responses((status = 204, description = "The upload is removed.")),
)]
async fn delete_upload(
    auth: AuthContext,
    UploadPath(id): UploadPath,
    headers: HeaderMap,
) -> ApiResult<StatusCode> {
    abort(&auth, id, &headers).await
}

async fn abort(
    auth: &AuthContext,
    id: base::Id<media::File>,
    headers: &HeaderMap,
) -> ApiResult<StatusCode> {
    check_version(headers)?;
    let upload = media::get_upload(&auth.tenant, auth.actor, id).await?;
    abort_upload(&auth.tenant, &upload).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Override the method of an upload request
///
/// Does what the method in `X-HTTP-Method-Override` does: `PATCH` or `DELETE`. For clients that can
/// send `GET` and `POST` only. Requires `files:write`.
#[utoipa::path(
    post, path = "/v1/uploads/{upload}", tag = "files",
    params(
        ("upload" = wire::schema::Id, Path),
        ("Tus-Resumable" = String, Header, description = "Version of the protocol: `1.0.0`."),
        ("X-HTTP-Method-Override" = String, Header, description = "`PATCH` or `DELETE`."),
    ),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses((status = 204, description = "The request is executed.")),
)]
async fn override_upload_method(
    State(state): State<AppState>,
    auth: AuthContext,
    UploadPath(id): UploadPath,
    request: Request,
) -> ApiResult<Response> {
    match single(request.headers(), &METHOD_OVERRIDE)? {
        Some("PATCH") => patch(&state, &auth, id, request).await,
        Some("DELETE") => Ok(abort(&auth, id, request.headers()).await?.into_response()),
        _ => Err(Error::invalid("X-HTTP-Method-Override", "must be PATCH or DELETE").into()),
    }
}

async fn append(
    state: &AppState,
    auth: &AuthContext,
    upload: media::Upload,
    offset: u64,
    request: Request,
) -> Result<media::Upload> {
    let checksum = single(request.headers(), &UPLOAD_CHECKSUM)?
        .map(parse_checksum)
        .transpose()?;
    let transfer = Upload::begin(state, &request)?;
    let content = chunks(request.into_body());
    let appended = append_upload(
        &auth.tenant,
        state.media(),
        upload,
        offset,
        content,
        checksum,
    );
    let upload = transfer.receive(appended).await?;
    transfer.charge(state, upload.offset().saturating_sub(offset));
    Ok(upload)
}

fn check_version(headers: &HeaderMap) -> Result<()> {
    if single(headers, &TUS_RESUMABLE)? == Some("1.0.0") {
        return Ok(());
    }
    Err(Error::new(
        ErrorCode::TusVersionUnsupported,
        "The header Tus-Resumable must be 1.0.0.",
    ))
}

/// Returns the headers that describe an upload.
fn status_headers(upload: &media::Upload) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(UPLOAD_OFFSET, upload.offset().into());
    headers.insert(UPLOAD_LENGTH, upload.length().into());
    if let Some(document) = &upload.upload {
        let expires_at = u64::try_from(document.expires_at.millis()).unwrap_or(0);
        let expires_at = SystemTime::UNIX_EPOCH + Duration::from_millis(expires_at);
        let expires_at = httpdate::fmt_http_date(expires_at);
        let metadata = document.metadata.as_deref().unwrap_or_default();
        for (name, value) in [(UPLOAD_EXPIRES, &*expires_at), (UPLOAD_METADATA, metadata)] {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        }
    }
    headers
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Result<Option<u64>> {
    let invalid = |_| Error::invalid(name.as_str().to_owned(), "must be a number of bytes");
    single(headers, name)?
        .map(|text| text.parse().map_err(invalid))
        .transpose()
}

/// Reads `Upload-Metadata`. Unknown keys are returned to the client, but not used.
fn new_file(auth: &AuthContext, metadata: Option<&str>) -> Result<NewFile> {
    let invalid = |message: &'static str| Error::invalid("Upload-Metadata", message);
    let metadata = metadata.unwrap_or_default();
    if metadata.len() > limit::UPLOAD_METADATA_BYTES {
        return Err(invalid("is too long"));
    }
    let mut new = NewFile {
        user: auth.actor.user().ok(),
        purpose: FilePurpose::Attachment,
        name: None,
        content_type: None,
        rules: FileRules::default(),
    };
    for pair in metadata
        .split(',')
        .map(str::trim)
        .filter(|pair| !pair.is_empty())
    {
        let (key, value) = pair.split_once(' ').unwrap_or((pair, ""));
        let value = STANDARD
            .decode(value)
            .ok()
            .and_then(|value| String::from_utf8(value).ok())
            .ok_or_else(|| invalid("must have values in Base64 of UTF-8"))?;
        match key {
            "filename" if !value.is_empty() => new.name = Some(value),
            "filetype" if !value.is_empty() => new.content_type = Some(value),
            "purpose" => {
                new.purpose = FilePurpose::from_word(&value)
                    .ok_or_else(|| invalid("has an unknown purpose"))?;
            }
            _ => {}
        }
    }
    Ok(new)
}

fn parse_checksum(text: &str) -> Result<Checksum> {
    let invalid = || {
        Error::invalid(
            "Upload-Checksum",
            "must be sha1 or sha256, a space and the hash in Base64",
        )
    };
    let (algorithm, hash) = text.split_once(' ').ok_or_else(invalid)?;
    let hash = STANDARD.decode(hash).map_err(|_| invalid())?;
    match (algorithm, hash.len()) {
        ("sha1", 20) => Ok(Checksum::Sha1(hash)),
        ("sha256", 32) => Ok(Checksum::Sha256(hash)),
        _ => Err(invalid()),
    }
}

pub(crate) fn routes() -> Routes {
    routes![
        get_upload_protocol: Anyone [],
        create_upload: Caller [FilesWrite],
        get_upload: Caller [FilesWrite],
        append_to_upload: Caller [FilesWrite],
        delete_upload: Caller [FilesWrite],
        override_upload_method: Caller [FilesWrite],
    ]
}
