//! Files: `/v1/files` and the files of a conversation.

use std::ops::Range;

use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, IF_RANGE,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base::{Direction, Error, ErrorCode, Id, Result, limit};
use domain::auth::AuthContext;
use domain::file_processing::delete;
use domain::media::{self, FileFilter, FileState, NewFile, ObjectName, is_inline};
use domain::messaging::{conversation_files, readable_file};
use domain::users::resolve;
use serde::Deserialize;
use store::Entity;
use utoipa::IntoParams;
use wire::{File, FileKind, FilePurpose, MessageId, Page, Usage, UsageMetric, UserName};

use crate::cost::Cost;
use crate::cursor::ListCursors;
use crate::error::ApiResult;
use crate::extract::{ConversationPath, FileForm, FilePart, FilePath, FormField, Paged, Query};
use crate::page;
use crate::routes::{Routes, routes};
use crate::state::AppState;
use crate::transfer::{Requested, Upload, chunks, download};

/// Content security policy of file content, which may come from anybody.
const CONTENT_POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");

/// Content never changes.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("private, max-age=31536000, immutable");

/// Form of an upload.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the form for OpenAPI")]
struct FileUploadForm {
    /// What the file is uploaded for; `attachment` by default.
    purpose: Option<FilePurpose>,
    /// File name; by default the name of the field `file`.
    #[schema(value_type = Option<wire::schema::FileName>)]
    name: Option<String>,
    /// The content, as the last field.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Upload a file
///
/// Uploads a file of at most 16 MiB in one request. Larger files use the tus protocol at
/// `/v1/uploads`. The text fields come before `file`. The file is processed afterwards: messages can
/// attach it at once by its id, and its content can be read when it is `ready`. A file that nothing
/// holds is removed after 24 hours. Requires `files:write`.
#[utoipa::path(
    post, path = "/v1/files", tag = "files",
    request_body(content = FileUploadForm, content_type = "multipart/form-data"),
    responses((status = 201, description = "The uploaded file.", body = File)),
)]
async fn upload_file(
    State(state): State<AppState>,
    auth: AuthContext,
    request: Request,
) -> ApiResult<(StatusCode, Json<File>)> {
    let upload = Upload::begin(&state, &request)?;
    let headers = request.headers().clone();
    let form = FileForm::new(&headers, chunks(request.into_body()))?;
    let file = upload.receive(receive(&state, &auth, form)).await?;
    upload.charge(&state, u64::try_from(file.size).unwrap_or(0));
    let file = render(&auth, file).await?;
    Ok((StatusCode::CREATED, Json(file)))
}

async fn receive(
    state: &AppState,
    auth: &AuthContext,
    mut form: FileForm,
) -> Result<Entity<media::File>> {
    let mut purpose = FilePurpose::Attachment;
    let mut name = None;
    let part = loop {
        match form.next().await? {
            Some(FormField::Text(field, text)) => match field.as_str() {
                "purpose" => purpose = parse_purpose(text)?,
                "name" => name = Some(text),
                _ => return Err(Error::invalid(format!("/{field}"), "Unknown field.")),
            },
            Some(FormField::File(part)) => break part,
            None => return Err(Error::invalid("/file", "The field is required.")),
        }
    };
    let file = store(state, auth, purpose, name, part).await?;
    if form.next().await?.is_some() {
        return Err(Error::invalid("", "The field file must be the last one."));
    }
    Ok(file)
}

async fn store(
    state: &AppState,
    auth: &AuthContext,
    purpose: FilePurpose,
    name: Option<String>,
    part: FilePart,
) -> Result<Entity<media::File>> {
    let new = NewFile {
        user: auth.actor.user().ok(),
        purpose: purpose.into(),
        name: name.or_else(|| part.name.clone()),
        content_type: part.content_type.clone(),
    };
    let content = part.content();
    media::create(
        &auth.tenant,
        state.media(),
        new,
        content,
        limit::FILE_BYTES as u64,
    )
    .await
}

fn parse_purpose(text: String) -> Result<FilePurpose> {
    serde_json::from_value(text.into()).map_err(|_| {
        Error::invalid(
            "/purpose",
            "must be one of attachment, avatar, branding, encrypted",
        )
    })
}

async fn render(auth: &AuthContext, file: Entity<media::File>) -> Result<File> {
    let details = media::details(&auth.tenant, [file.id])
        .await?
        .remove(&file.id);
    Ok(File::of(file, details))
}

async fn render_all(auth: &AuthContext, files: Vec<Entity<media::File>>) -> Result<Vec<File>> {
    let mut details = media::details(&auth.tenant, files.iter().map(|file| file.id)).await?;
    let file = |file: Entity<media::File>| {
        let details = details.remove(&file.id);
        File::of(file, details)
    };
    Ok(files.into_iter().map(file).collect())
}

/// Filter of a list of files.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct FileQuery {
    /// The user who uploaded the files; an acting user may name themselves only, and does by default.
    #[param(value_type = Option<wire::schema::Named>)]
    user: Option<UserName>,
    /// Kind of content.
    #[serde(rename = "type")]
    #[param(inline, rename = "type")]
    kind: Option<FileKind>,
}

/// List files
///
/// Returns files by creation time, newest first by default. Requires `files:read`. Users see the
/// files that they uploaded.
#[utoipa::path(
    get, path = "/v1/files", tag = "files", params(FileQuery, crate::extract::PageQuery),
    responses((status = 200, description = "A page of files.", body = Page<File>)),
)]
async fn list_files(
    State(state): State<AppState>,
    auth: AuthContext,
    Paged(query, page): Paged<FileQuery>,
) -> ApiResult<Response> {
    let user = match (&query.user, auth.actor.user()) {
        (None, Ok(user)) => Some(user),
        (None, Err(_)) => None,
        (Some(name), _) => {
            let user = resolve(&auth.tenant, name).await?.id;
            auth.actor
                .must_be(user, "Users may list their own files only.")?;
            Some(user)
        }
    };
    let filter = FileFilter {
        user,
        kind: query.kind.map(Into::into),
    };
    let direction = page.direction_or(Direction::Backward);
    let list = format!("{filter:?}");
    let cursors = ListCursors::new(&state, &auth, "list_files", &list, direction);
    let after = cursors.decode(page.cursor.as_deref())?;
    page::respond(page.size()?, async |size| {
        let found = media::list(&auth.tenant, filter, size, direction, after.clone()).await?;
        let data = render_all(&auth, found.items.clone()).await?;
        Ok(cursors.page(&found, data))
    })
    .await
}

/// Holder of a file.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct HolderQuery {
    /// A message that holds the file and that the user may read. Users need it for files that others uploaded.
    #[param(value_type = Option<wire::schema::Id>)]
    message_id: Option<MessageId>,
}

/// Get a file
///
/// Returns what is known about a file. Requires `files:read`. Users may read the files that they
/// uploaded, and with `message_id` the files of messages that they may read.
#[utoipa::path(
    get, path = "/v1/files/{file}", tag = "files",
    params(("file" = wire::schema::Id, Path), HolderQuery),
    responses((status = 200, description = "The file.", body = File)),
)]
async fn get_file(
    auth: AuthContext,
    FilePath(id): FilePath,
    Query(holder): Query<HolderQuery>,
) -> ApiResult<Json<File>> {
    let file = readable_file(&auth.tenant, auth.actor, id, holder.message_id).await?;
    Ok(Json(render(&auth, file).await?))
}

/// Delete a file
///
/// Deletes a file that the caller uploaded; servers may delete all files. Messages that hold it show
/// it as `removed`. Requires `files:write`.
#[utoipa::path(
    delete, path = "/v1/files/{file}", tag = "files", params(("file" = wire::schema::Id, Path)),
    responses((status = 204, description = "The file is deleted.")),
)]
async fn delete_file(auth: AuthContext, FilePath(id): FilePath) -> ApiResult<StatusCode> {
    delete(&auth.tenant, auth.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

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
    content_type: String,
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
                content_type: file.doc.content_type,
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
            content_type: found.content_type,
        })
    }

    /// Returns the file.
    pub(crate) const fn file(&self) -> Id<media::File> {
        self.file
    }

    /// Returns the header `Content-Disposition` (RFC 6266) with the name of the file.
    pub(crate) fn disposition(&self, is_inline: bool) -> HeaderValue {
        let text = disposition(is_inline, self.name.as_deref());
        HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("attachment"))
    }

    /// Returns the response to a request for the content.
    ///
    /// # Errors
    /// 503 if the media store is unavailable.
    pub(crate) async fn respond(&self, state: &AppState, headers: &HeaderMap) -> Result<Response> {
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
            let object = match &self.variant {
                Some(variant) => ObjectName::Variant(variant),
                None if self.is_stripped => ObjectName::Stripped,
                None => ObjectName::Original,
            };
            let storage = &state.media().storage;
            let content = storage.read(self.tenant, self.file, object, range).await?;
            download(state, content)?
        };
        let mut response = (status, headers, body).into_response();
        response
            .extensions_mut()
            .insert(Cost(u32::try_from(cost).unwrap_or(u32::MAX)));
        Ok(response)
    }

    fn headers(&self) -> HeaderMap {
        let is_inline = is_inline(&self.content_type);
        let content_type = if is_inline {
            HeaderValue::from_str(&self.content_type).ok()
        } else {
            None
        };
        let octets = HeaderValue::from_static("application/octet-stream");
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, content_type.unwrap_or(octets));
        headers.insert(CACHE_CONTROL, IMMUTABLE);
        headers.insert(CONTENT_SECURITY_POLICY, CONTENT_POLICY);
        headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        headers.insert(CONTENT_DISPOSITION, self.disposition(is_inline));
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
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

/// Filter of a conversation's files.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ConversationFileQuery {
    /// Kind of content.
    #[serde(rename = "type")]
    #[param(inline, rename = "type")]
    kind: Option<FileKind>,
}

/// List the files of a conversation
///
/// Returns the uploaded files that messages of a conversation hold, newest first by default.
/// Requires `files:read`; users must participate, or have participated.
#[utoipa::path(
    get, path = "/v1/conversations/{conversation}/files", tag = "files",
    params(("conversation" = wire::schema::Named, Path), ConversationFileQuery, crate::extract::PageQuery),
    responses((status = 200, description = "A page of files.", body = Page<wire::ConversationFile>)),
)]
async fn list_conversation_files(
    State(state): State<AppState>,
    auth: AuthContext,
    ConversationPath(name): ConversationPath,
    Paged(query, page): Paged<ConversationFileQuery>,
) -> ApiResult<Response> {
    let kind: Option<media::FileKind> = query.kind.map(Into::into);
    let direction = page.direction_or(Direction::Backward);
    let list = format!("{name}/{kind:?}");
    let cursors = ListCursors::new(&state, &auth, "list_conversation_files", &list, direction);
    let after = cursors.decode(page.cursor.as_deref())?;
    page::respond(page.size()?, async |size| {
        let found = conversation_files(
            &auth.tenant,
            auth.actor,
            &name,
            kind,
            size,
            direction,
            after.clone(),
        )
        .await?;
        let ids = found.files.iter().map(|file| file.file.id);
        let mut details = media::details(&auth.tenant, ids).await?;
        let data = found.files.into_iter().map(|found| {
            let details = details.remove(&found.file.id);
            wire::ConversationFile::of(found, details)
        });
        Ok(cursors.page(&found.page, data.collect()))
    })
    .await
}

/// Get usage
///
/// Returns the storage that the tenant uses, with its limits. Requires `settings:read`.
#[utoipa::path(
    get, path = "/v1/usage", tag = "files",
    responses((status = 200, description = "The usage.", body = Usage)),
)]
async fn get_usage(State(state): State<AppState>, auth: AuthContext) -> ApiResult<Json<Usage>> {
    let used = media::usage(&auth.tenant).await?;
    let quota = state.media().quota;
    let metric = |metric: &str, used, limit| UsageMetric {
        metric: metric.to_owned(),
        used,
        limit,
    };
    Ok(Json(Usage {
        data: vec![
            metric("storage_bytes", used.bytes, quota.bytes),
            metric("files", used.files, quota.files),
        ],
    }))
}

pub(crate) fn routes() -> Routes {
    routes![
        "files": "Uploaded files and their content.";
        upload_file: Caller [FilesWrite],
        list_files: Caller [FilesRead],
        get_file: Caller [FilesRead],
        delete_file: Caller [FilesWrite],
        get_file_content: Caller [FilesRead],
        list_conversation_files: Caller [FilesRead],
        get_usage: Server [SettingsRead],
    ]
}
