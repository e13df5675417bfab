//! Files: `/v1/files` and the files of a conversation.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use base::{Direction, Error, IdOrExternalId, Result, limit};
use domain::auth::AuthContext;
use domain::file_processing::delete;
use domain::media::{self, FileFilter, NewFile};
use domain::messaging::{conversation_files, open, readable_file};
use domain::settings;
use domain::users::resolve;
use serde::Deserialize;
use store::Entity;
use utoipa::IntoParams;
use wire::{File, FileKind, FilePurpose, MessageId, Page, Usage, UsageMetric, UserName};

use crate::cursor::ListCursors;
use crate::error::ApiResult;
use crate::extract::{ConversationPath, FileForm, FilePart, FilePath, FormField, Paged, Query};
use crate::page;
use crate::routes::{Routes, routes};
use crate::state::AppState;
use crate::transfer::{Upload, chunks};

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
    part: Box<FilePart>,
) -> Result<Entity<media::File>> {
    let new = NewFile {
        user: auth.actor.user().ok(),
        purpose: purpose.into(),
        name: name.or_else(|| part.name.clone()),
        content_type: part.content_type.clone(),
        rules: settings::get(&auth.tenant).await?.file_rules(),
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
        let mut found = media::list(&auth.tenant, filter, size, direction, after.clone()).await?;
        let data = render_all(&auth, std::mem::take(&mut found.items)).await?;
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
    // The same list by id and by external id.
    let id = open(&auth.tenant, auth.actor, &name).await?.conversation.id;
    let name = IdOrExternalId::Id(id);
    let list = format!("{id}/{kind:?}");
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
        list_conversation_files: Caller [FilesRead],
        get_usage: Server [SettingsRead],
    ]
}
