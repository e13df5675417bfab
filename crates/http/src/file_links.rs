//! Signed links to the content of files, and public avatars.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use base::{Error, ErrorCode, Id, Result, Timestamp, limit};
use domain::auth::AuthContext;
use domain::media::{self, FileLink};
use domain::messaging::{self, is_held_by, readable_file};
use domain::users::set_avatar;
use wire::{AvatarFile, Conversation, FileLinks, ListResponse, NewFileLink, SignedLink, User};

use crate::error::ApiResult;
use crate::extract::{Body, ConversationPath, UserPath};
use crate::file_content::Content;
use crate::render;
use crate::routes::{Routes, routes};
use crate::state::AppState;

/// Create signed links
///
/// Signs links to the content of up to 100 files that the caller may read, for clients that cannot
/// send credentials. A link is valid for 15 minutes or `expires_in` seconds, rounded up to the next
/// five minutes so that browsers cache its content. It does not work any more once the message that
/// it was created for no longer holds the file. Requires `files:read`.
#[utoipa::path(
    post, path = "/v1/files/links", tag = "files", request_body = FileLinks,
    responses((status = 200, description = "The links, in the order of the request.", body = ListResponse<SignedLink>)),
)]
async fn create_file_links(
    State(state): State<AppState>,
    auth: AuthContext,
    Body(links): Body<FileLinks>,
) -> ApiResult<Json<ListResponse<SignedLink>>> {
    if !(1..=limit::BATCH).contains(&links.links.len()) {
        let message = format!("must have 1 to {} entries", limit::BATCH);
        return Err(Error::invalid("/links", message).into());
    }
    let seconds = links.expires_in.unwrap_or(limit::FILE_LINK_SECONDS);
    if !(1..=limit::FILE_LINK_MAX_SECONDS).contains(&seconds) {
        let message = format!("must be 1 to {}", limit::FILE_LINK_MAX_SECONDS);
        return Err(Error::invalid("/expires_in", message).into());
    }
    state.charge(&auth, links.links.len() / 10);
    let expires_at = FileLink::expiry(auth.tenant.context().now(), seconds);
    let mut data = Vec::with_capacity(links.links.len());
    for (at, link) in links.links.into_iter().enumerate() {
        let signed = sign(&state, &auth, link, expires_at).await;
        data.push(signed.map_err(|error| error.within(&format!("/links/{at}")))?);
    }
    Ok(Json(ListResponse { data }))
}

async fn sign(
    state: &AppState,
    auth: &AuthContext,
    link: NewFileLink,
    expires_at: Timestamp,
) -> Result<SignedLink> {
    let file = readable_file(&auth.tenant, auth.actor, link.file_id, link.message_id).await?;
    let is_own = file.belongs_to(auth.actor);
    // Fails for an unknown variant and for a file that is not ready.
    let content = Content::of(&auth.tenant, file, link.variant.clone()).await?;
    let signed = FileLink {
        tenant: auth.tenant.id(),
        file: content.file(),
        variant: link.variant,
        message: link.message_id.filter(|_| !is_own).map(Id::object_id),
        is_download: link.download,
        expires_at,
    };
    let token = signed.sign(state.key_ring());
    Ok(SignedLink {
        file_id: signed.file,
        path: format!("/v1/media/{token}"),
        expires_at,
    })
}

/// Get content by a signed link
///
/// Returns the content that a signed link names. Fails with 403 `link_invalid` if the link was
/// changed or has expired.
#[utoipa::path(
    get, path = "/v1/media/{link}", tag = "files",
    params(("link" = String, Path, description = "The signed link.")),
    responses(
        (status = 200, description = "The content.", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 302, description = "The content is at `Location`, if the operator lets clients download from the bucket."),
        (status = 206, description = "The requested range.", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 304, description = "The content is the one of `If-None-Match`."),
        (status = 416, description = "The range is outside the content."),
    ),
)]
async fn get_linked_content(
    State(state): State<AppState>,
    Path(link): Path<String>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let now = state.store().context().now();
    let link = FileLink::verify(state.key_ring(), &link, now)?;
    let tenant = state.authenticator().tenant(link.tenant).await?;
    let file = media::get(&tenant, link.file).await?;
    if let Some(message) = link.message
        && !is_held_by(&tenant, file.id, Id::new(message)).await?
    {
        let detail = "The message does not hold the file any more.";
        return Err(Error::new(ErrorCode::LinkInvalid, detail).into());
    }
    let content = Content::of(&tenant, file, link.variant).await?;
    if link.is_download {
        return Ok(content.respond_as(&state, &headers, false).await?);
    }
    Ok(content.respond(&state, &headers).await?)
}

/// Get an avatar
///
/// Returns the picture of a user or a conversation, or its variant `64`, `320` or `1280`. The path is
/// part of `avatar_url`, is new with each picture, and needs no credentials.
#[utoipa::path(
    get, path = "/v1/avatars/{tenant}/{secret}/{variant}", tag = "files",
    params(
        ("tenant" = wire::schema::TenantId, Path),
        ("secret" = String, Path, description = "Secret of the picture."),
        ("variant" = String, Path, description = "`original` or the name of a variant."),
    ),
    responses(
        (status = 200, description = "The picture.", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 302, description = "The picture is at `Location`, if the operator lets clients download from the bucket."),
        (status = 304, description = "The picture is the one of `If-None-Match`."),
    ),
)]
async fn get_avatar(
    State(state): State<AppState>,
    Path((tenant, secret, variant)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let not_found = || Error::new(ErrorCode::FileNotFound, "There is no such picture.");
    let tenant = tenant.parse().map_err(|_| not_found())?;
    let tenant = state
        .authenticator()
        .tenant(tenant)
        .await
        .map_err(|_| not_found())?;
    let file = media::find_public(&tenant, &secret)
        .await?
        .ok_or_else(not_found)?;
    let variant = Some(variant).filter(|variant| variant != "original");
    let content = Content::of(&tenant, file, variant).await?;
    Ok(content.respond(&state, &headers).await?)
}

/// Set a user's avatar
///
/// Shows an uploaded image as the avatar of a user: `avatar_url` becomes its public path, which is new
/// with each image, and `avatar_thumbnail_url` of the profile a small version. The file of the
/// previous avatar is removed. Requires `users:write`; users may change themselves only.
#[utoipa::path(
    put, path = "/v1/users/{user}/avatar", tag = "files",
    params(("user" = wire::schema::Named, Path)), request_body = AvatarFile,
    responses((status = 200, description = "The user.", body = User)),
)]
async fn set_user_avatar(
    auth: AuthContext,
    UserPath(name): UserPath,
    Body(avatar): Body<AvatarFile>,
) -> ApiResult<Json<User>> {
    let user = set_avatar(&auth.tenant, auth.actor, &name, avatar.file_id).await?;
    Ok(Json(User::of(&user, auth.actor.into())?))
}

/// Set a conversation's avatar
///
/// Shows an uploaded image as the avatar of a group or channel. The file of the previous avatar is
/// removed. Requires `conversations:write`; users must be an admin or owner of the conversation.
#[utoipa::path(
    put, path = "/v1/conversations/{conversation}/avatar", tag = "files",
    params(("conversation" = wire::schema::Named, Path)), request_body = AvatarFile,
    responses((status = 200, description = "The conversation.", body = Conversation)),
)]
async fn set_conversation_avatar(
    State(state): State<AppState>,
    auth: AuthContext,
    ConversationPath(name): ConversationPath,
    Body(avatar): Body<AvatarFile>,
) -> ApiResult<Json<Conversation>> {
    let view =
        messaging::set_conversation_avatar(&auth.tenant, auth.actor, &name, avatar.file_id).await?;
    Ok(Json(render::conversation(&state, &auth, view).await?))
}

pub(crate) fn routes() -> Routes {
    routes![
        create_file_links: Caller [FilesRead],
        get_linked_content: Anyone [],
        get_avatar: Anyone [],
        set_user_avatar: Caller [UsersWrite],
        set_conversation_avatar: Caller [ConversationsWrite],
    ]
}
