//! Sessions of admins: `/admin/v1/sessions`, `/admin/v1/setup` and `/admin/v1/me`.

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use base::{ClientAddress, Error, ErrorCode, Result, limit};
use domain::admins::{self, AdminOperation, SignIn};
use domain::audit::{self, ActorType, Origin};
use store::PlatformStore;
use wire::ListResponse;
use wire::admin::{
    AdminSession, AdminSetUp, CurrentAdmin, NewAdminSession, SetUpRequest, StartedAdminSession,
};

use super::auth::{Admin, client_address, request_id, user_agent};
use super::path::SessionPath;
use super::routes::{AdminRoutes, admin_routes};
use crate::error::{ApiError, ApiResult};
use crate::extract::Body;
use crate::state::AppState;

/// Set the password
///
/// Sets the password of an admin with a one-time code, and creates a new second factor. All
/// sessions of the admin end. The code is used up; it expires after a day.
#[utoipa::path(
    post, path = "/admin/v1/setup", tag = "sessions", request_body = SetUpRequest,
    responses((status = 200, description = "The admin with the second factor.", body = AdminSetUp)),
)]
async fn set_up(
    State(state): State<AppState>,
    client: Client,
    Body(request): Body<SetUpRequest>,
) -> ApiResult<Json<AdminSetUp>> {
    let platform = client.audited(&state, AdminOperation::SetUp, None);
    let SetUpRequest {
        setup_code,
        password,
    } = request;
    let set_up = admins::set_up(&platform, state.key_ring(), &setup_code, &password).await?;
    Ok(Json(AdminSetUp::from(&set_up)))
}

/// Sign in
///
/// Starts a session of 12 hours with e-mail address, password and a code of the second factor. Each
/// code is accepted once. After 10 failures in a row, sign-ins are rejected for 15 minutes with
/// 429.
#[utoipa::path(
    post, path = "/admin/v1/sessions", tag = "sessions", request_body = NewAdminSession,
    responses((status = 201, description = "The session.", body = StartedAdminSession)),
)]
async fn sign_in(
    State(state): State<AppState>,
    client: Client,
    Body(new): Body<NewAdminSession>,
) -> ApiResult<(StatusCode, Json<StartedAdminSession>)> {
    // No admin has these. They would fill the audit log.
    if new.email.len() > limit::EMAIL_LENGTH
        || new.password.chars().count() > limit::PASSWORD_CHARACTERS
    {
        let detail = "E-mail address, password or code is wrong.";
        return Err(Error::new(ErrorCode::Unauthenticated, detail).into());
    }
    let given = SignIn {
        email: &new.email,
        password: &new.password,
        code: &new.totp_code,
        address: client.address.ip(),
        user_agent: client.user_agent.as_deref(),
    };
    let name = Some(new.email.clone());
    let platform = client.audited(&state, AdminOperation::SignIn, name.clone());
    let started = match admins::sign_in(&platform, state.key_ring(), given).await {
        Err(error)
            if [ErrorCode::Unauthenticated, ErrorCode::RateLimited].contains(&error.code) =>
        {
            let action = AdminOperation::SignIn.action().unwrap_or_default();
            let platform = state.store().platform();
            audit::record_denied(&platform, action, client.origin(name), None).await?;
            return Err(error.into());
        }
        started => started?,
    };
    Ok((
        StatusCode::CREATED,
        Json(StartedAdminSession::from(&started)),
    ))
}

/// Client of a request without a credential.
struct Client {
    address: ClientAddress,
    user_agent: Option<String>,
    request_id: Option<String>,
}

impl Client {
    fn origin(&self, name: Option<String>) -> Origin {
        Origin {
            actor_type: ActorType::Admin,
            actor_id: None,
            actor_name: name,
            session_id: None,
            address: self.address.ip(),
            user_agent: self.user_agent.clone(),
            request_id: self.request_id.clone(),
        }
    }

    /// Returns a handle whose first commit contains the audit entry of the operation.
    fn audited(
        &self,
        state: &AppState,
        operation: AdminOperation,
        name: Option<String>,
    ) -> PlatformStore {
        let platform = state.store().platform();
        match operation.action() {
            Some(action) => audit::audited(&platform, action, self.origin(name), None),
            None => platform,
        }
    }
}

impl FromRequestParts<AppState> for Client {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, ApiError> {
        Ok(Self {
            address: client_address(&parts.extensions),
            user_agent: user_agent(&parts.headers),
            request_id: request_id(&parts.extensions),
        })
    }
}

/// Get the caller
///
/// Returns the admin or admin key of the credential.
#[utoipa::path(
    get, path = "/admin/v1/me", tag = "sessions",
    responses((status = 200, description = "The caller.", body = CurrentAdmin)),
)]
async fn get_current_admin(admin: Admin) -> Json<CurrentAdmin> {
    Json(CurrentAdmin::from(&admin.context))
}

/// List own sessions
///
/// Returns the sessions of the calling admin (at most 20). Fails with 403 for an admin key.
#[utoipa::path(
    get, path = "/admin/v1/sessions", tag = "sessions",
    responses((status = 200, description = "The sessions.", body = ListResponse<AdminSession>)),
)]
async fn list_own_sessions(
    State(state): State<AppState>,
    admin: Admin,
) -> ApiResult<Json<ListResponse<AdminSession>>> {
    let (id, _) = admin.context.admin()?;
    let sessions = admins::list_sessions(&admin.platform(&state), id).await?;
    Ok(Json(sessions.iter().map(AdminSession::from).collect()))
}

/// End an own session
///
/// Ends a session of the calling admin, also the current one. Fails with 403 for an admin key.
#[utoipa::path(
    delete, path = "/admin/v1/sessions/{session}", tag = "sessions",
    params(("session" = wire::schema::Id, Path)),
    responses((status = 204, description = "The session has ended.")),
)]
async fn end_own_session(
    State(state): State<AppState>,
    admin: Admin,
    SessionPath(session): SessionPath,
) -> ApiResult<StatusCode> {
    let (id, _) = admin.context.admin()?;
    admins::end_session(&admin.platform(&state), id, session).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) fn routes() -> AdminRoutes {
    admin_routes![
        "sessions": "Sign-in and sessions of platform admins.";
        set_up: SetUp,
        sign_in: SignIn,
        get_current_admin: GetCurrentAdmin,
        list_own_sessions: ListOwnSessions,
        end_own_session: EndOwnSession,
    ]
}
