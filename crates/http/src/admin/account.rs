//! Platform admins: `/admin/v1/admins`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::admins::{self, AdminChanges};
use wire::admin::{Admin as AdminBody, AdminInvitation, AdminPatch, AdminSession, NewAdmin};
use wire::{ListResponse, Page};

use super::auth::Admin;
use super::path::{AdminPath, AdminSessionPath};
use super::routes::{AdminRoutes, admin_routes};
use crate::cursor::ListCursors;
use crate::error::ApiResult;
use crate::extract::{Body, PageQuery, Query};
use crate::page;
use crate::state::AppState;

/// List admins
///
/// Returns the platform admins, oldest first.
#[utoipa::path(
    get, path = "/admin/v1/admins", tag = "admins", params(PageQuery),
    responses((status = 200, description = "A page of admins.", body = Page<AdminBody>)),
)]
async fn list_admins(
    State(state): State<AppState>,
    admin: Admin,
    Query(query): Query<PageQuery>,
) -> ApiResult<Response> {
    let direction = query.direction();
    let cursors = ListCursors::of_platform(&state, "list_admins", "", direction);
    let after = cursors.decode(query.cursor.as_deref())?;
    let platform = admin.platform(&state);
    page::respond(query.size()?, async |size| {
        let found = admins::list_admins(&platform, size, direction, after.clone()).await?;
        let data = found.items.iter().map(AdminBody::from).collect();
        Ok(cursors.page(&found, data))
    })
    .await
}

/// Create an admin
///
/// Creates a platform admin and returns a one-time code with which the admin sets password and
/// second factor within a day.
#[utoipa::path(
    post, path = "/admin/v1/admins", tag = "admins", request_body = NewAdmin,
    responses((status = 201, description = "The admin with the code.", body = AdminInvitation)),
)]
async fn create_admin(
    State(state): State<AppState>,
    admin: Admin,
    Body(new): Body<NewAdmin>,
) -> ApiResult<(StatusCode, Json<AdminInvitation>)> {
    let invited = admins::create_admin(&admin.platform(&state), new.into()).await?;
    Ok((StatusCode::CREATED, Json(AdminInvitation::from(&invited))))
}

/// Update an admin
///
/// Updates name or role of an admin. Fails with 409 `last_owner` if no other owner would remain.
#[utoipa::path(
    patch, path = "/admin/v1/admins/{admin}", tag = "admins", request_body = AdminPatch,
    params(("admin" = wire::schema::Id, Path)),
    responses((status = 200, description = "The admin.", body = AdminBody)),
)]
async fn update_admin(
    State(state): State<AppState>,
    admin: Admin,
    AdminPath(id): AdminPath,
    Body(patch): Body<AdminPatch>,
) -> ApiResult<Json<AdminBody>> {
    let changes = AdminChanges {
        name: patch.name,
        role: patch.role.map(Into::into),
    };
    let platform = admin.platform(&state);
    let admin = admins::update_admin(&platform, id, changes, patch.version).await?;
    Ok(Json(AdminBody::from(&admin)))
}

/// Remove an admin
///
/// Removes an admin and ends their sessions. Fails with 409 `last_owner` for the last owner.
#[utoipa::path(
    delete, path = "/admin/v1/admins/{admin}", tag = "admins",
    params(("admin" = wire::schema::Id, Path)),
    responses((status = 204, description = "The admin is removed.")),
)]
async fn remove_admin(
    State(state): State<AppState>,
    admin: Admin,
    AdminPath(id): AdminPath,
) -> ApiResult<StatusCode> {
    admins::remove_admin(&admin.platform(&state), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Reset an admin
///
/// Creates a new one-time code for an admin who has lost password or second factor, and ends a
/// lockout. The present credentials stay valid until the code is used.
#[utoipa::path(
    post, path = "/admin/v1/admins/{admin}/reset", tag = "admins",
    params(("admin" = wire::schema::Id, Path)),
    responses((status = 200, description = "The admin with the code.", body = AdminInvitation)),
)]
async fn reset_admin(
    State(state): State<AppState>,
    admin: Admin,
    AdminPath(id): AdminPath,
) -> ApiResult<Json<AdminInvitation>> {
    let invited = admins::reset_admin(&admin.platform(&state), id).await?;
    Ok(Json(AdminInvitation::from(&invited)))
}

/// List sessions of an admin
///
/// Returns the sessions of an admin (at most 20), oldest first.
#[utoipa::path(
    get, path = "/admin/v1/admins/{admin}/sessions", tag = "admins",
    params(("admin" = wire::schema::Id, Path)),
    responses((status = 200, description = "The sessions.", body = ListResponse<AdminSession>)),
)]
async fn list_admin_sessions(
    State(state): State<AppState>,
    admin: Admin,
    AdminPath(id): AdminPath,
) -> ApiResult<Json<ListResponse<AdminSession>>> {
    let platform = admin.platform(&state);
    admins::get_admin(&platform, id).await?;
    let sessions = admins::list_sessions(&platform, id).await?;
    Ok(Json(sessions.iter().map(AdminSession::from).collect()))
}

/// End a session of an admin
///
/// Ends a session of an admin immediately.
#[utoipa::path(
    delete, path = "/admin/v1/admins/{admin}/sessions/{session}", tag = "admins",
    params(("admin" = wire::schema::Id, Path), ("session" = wire::schema::Id, Path)),
    responses((status = 204, description = "The session has ended.")),
)]
async fn end_admin_session(
    State(state): State<AppState>,
    admin: Admin,
    AdminSessionPath(owner, session): AdminSessionPath,
) -> ApiResult<StatusCode> {
    admins::end_session(&admin.platform(&state), owner, session).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) fn routes() -> AdminRoutes {
    admin_routes![
        "admins": "Platform admins.";
        list_admins: ListAdmins,
        create_admin: CreateAdmin,
        update_admin: UpdateAdmin,
        remove_admin: RemoveAdmin,
        reset_admin: ResetAdmin,
        list_admin_sessions: ListAdminSessions,
        end_admin_session: EndAdminSession,
    ]
}
