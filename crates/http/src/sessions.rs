//! Sessions, password and identities of a user: `/v1/users/{user}/sessions`, `…/password` and
//! `…/identities`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::auth::AuthContext;
use domain::sessions::{end, list_current};
use domain::sign_in::{self, link_identity, list_identities, unlink_identity};
use wire::{
    AuthFlow, EmailChange, EmailVerification, Identity, ListResponse, NewIdentity, PasswordChange,
    Session, User,
};

use crate::error::ApiResult;
use crate::extract::{Body, Client, IdentityPath, SessionPath, UserPath, own_user};
use crate::render::created_or_ok;
use crate::routes::{Routes, routes};
use crate::state::AppState;

/// List sessions
///
/// Returns the sessions of a user, the oldest first. Requires `users:read`. Users may call this for
/// themselves only; otherwise it fails with 403 `forbidden`.
#[utoipa::path(
    get, path = "/v1/users/{user}/sessions", tag = "auth",
    params(("user" = wire::schema::Named, Path)),
    responses((status = 200, description = "The sessions.", body = ListResponse<Session>)),
)]
async fn list_sessions(
    auth: AuthContext,
    UserPath(name): UserPath,
) -> ApiResult<Json<ListResponse<Session>>> {
    let user = own_user(&auth, &name).await?;
    let current = auth.session();
    let sessions = list_current(&auth.tenant, user).await?;
    let data = sessions.iter().map(|session| Session::of(session, current));
    Ok(Json(ListResponse {
        data: data.collect(),
    }))
}

/// End a session
///
/// Ends a session of a user. Its tokens are rejected at once and its connections closed. Requires
/// `users:write`. Users may call this for themselves only; otherwise it fails with 403 `forbidden`.
#[utoipa::path(
    delete, path = "/v1/users/{user}/sessions/{session}", tag = "auth",
    params(("user" = wire::schema::Named, Path), ("session" = wire::schema::Id, Path)),
    responses((status = 204, description = "The session has ended.")),
)]
async fn end_session(
    auth: AuthContext,
    SessionPath(name, session): SessionPath,
) -> ApiResult<StatusCode> {
    let user = own_user(&auth, &name).await?;
    end(&auth.tenant, user, session).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Set a password
///
/// Sets the password of a user and ends their other sessions. The user is informed by mail. A user
/// proves the current password; fails with 401 `invalid_credentials` otherwise. A user who signed
/// in with a code and has no password needs none. Requires `users:write`. Users may call this for
/// themselves only; otherwise it fails with 403 `forbidden`.
#[utoipa::path(
    put, path = "/v1/users/{user}/password", tag = "auth",
    params(("user" = wire::schema::Named, Path)), request_body = PasswordChange,
    responses((status = 204, description = "The password is set.")),
)]
async fn set_password(
    State(state): State<AppState>,
    auth: AuthContext,
    UserPath(name): UserPath,
    Body(change): Body<PasswordChange>,
) -> ApiResult<StatusCode> {
    let user = own_user(&auth, &name).await?;
    let change = sign_in::PasswordChange {
        current: change.current_password,
        new: change.password,
        by_server: auth.require_server().is_ok(),
        session: auth.session(),
        application: auth.application.id,
    };
    state
        .sign_in()
        .change_password(&auth.tenant, user, change)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Change the e-mail address
///
/// Sends a code to a new address of the user; `POST /v1/users/{user}/email/verify` with the code
/// sets it. The response is the same for an address of another user, to which nothing is sent.
/// Requires a session that began in the last 15 minutes; otherwise it fails with 403
/// `reauthentication_needed`. Requires `users:write`. Users may call this for themselves only;
/// otherwise it fails with 403 `forbidden`.
#[utoipa::path(
    post, path = "/v1/users/{user}/email", tag = "auth",
    params(("user" = wire::schema::Named, Path)), request_body = EmailChange,
    responses((status = 202, description = "The flow.", body = AuthFlow)),
)]
async fn change_email(
    State(state): State<AppState>,
    auth: AuthContext,
    client: Client,
    UserPath(name): UserPath,
    Body(EmailChange { email }): Body<EmailChange>,
) -> ApiResult<(StatusCode, Json<AuthFlow>)> {
    let user = own_user(&auth, &name).await?;
    let visitor = client.visitor(&auth);
    let started = state
        .sign_in()
        .change_email(&visitor, user, auth.session(), email)
        .await?;
    Ok((StatusCode::ACCEPTED, Json(started.into())))
}

/// Verify the e-mail address
///
/// Sets the new address with the code from its mail. The previous address is informed. Fails with
/// 403 `code_invalid`. Requires `users:write`. Users may call this for themselves only; otherwise
/// it fails with 403 `forbidden`.
#[utoipa::path(
    post, path = "/v1/users/{user}/email/verify", tag = "auth",
    params(("user" = wire::schema::Named, Path)), request_body = EmailVerification,
    responses((status = 200, description = "The user.", body = User)),
)]
async fn verify_email(
    State(state): State<AppState>,
    auth: AuthContext,
    client: Client,
    UserPath(name): UserPath,
    Body(EmailVerification { flow, code }): Body<EmailVerification>,
) -> ApiResult<Json<User>> {
    let user = own_user(&auth, &name).await?;
    let visitor = client.visitor(&auth);
    let sign_in = state.sign_in();
    let user = sign_in.verify_email(&visitor, user, &flow, &code).await?;
    Ok(Json(User::of(&user, auth.actor.into())?))
}

/// List identities
///
/// Returns the external accounts of a user. Requires `users:read`. Users may call this for
/// themselves only; otherwise it fails with 403 `forbidden`.
#[utoipa::path(
    get, path = "/v1/users/{user}/identities", tag = "auth",
    params(("user" = wire::schema::Named, Path)),
    responses((status = 200, description = "The identities.", body = ListResponse<Identity>)),
)]
async fn list_user_identities(
    auth: AuthContext,
    UserPath(name): UserPath,
) -> ApiResult<Json<ListResponse<Identity>>> {
    let user = own_user(&auth, &name).await?;
    let identities = list_identities(&auth.tenant, user).await?;
    let data = identities.iter().map(Identity::from).collect();
    Ok(Json(ListResponse { data }))
}

/// Link an identity
///
/// Links the user's account at a provider, such as `valu`; the server vouches for it. An account
/// belongs to one user, and a user has one account of each provider; otherwise the request fails
/// with 409 `identity_taken`. Find the user with `GET /v1/users?provider=…&subject=…`. Requires an
/// API key with `users:write` and no acting user.
#[utoipa::path(
    put, path = "/v1/users/{user}/identities/{provider}", tag = "auth",
    params(("user" = wire::schema::Named, Path), ("provider" = wire::schema::Label, Path)),
    request_body = NewIdentity,
    responses(
        (status = 201, description = "The linked identity.", body = Identity),
        (status = 200, description = "The identity, which was linked before.", body = Identity),
    ),
)]
async fn link_user_identity(
    auth: AuthContext,
    IdentityPath(name, provider): IdentityPath,
    Body(NewIdentity { subject }): Body<NewIdentity>,
) -> ApiResult<(StatusCode, Json<Identity>)> {
    let user = own_user(&auth, &name).await?;
    let new = sign_in::NewIdentity { provider, subject };
    let (identity, created) = link_identity(&auth.tenant, user, new).await?;
    Ok((created_or_ok(created), Json(Identity::from(&identity))))
}

/// Unlink an identity
///
/// Removes the user's account at a provider. Requires an API key with `users:write` and no acting
/// user.
#[utoipa::path(
    delete, path = "/v1/users/{user}/identities/{provider}", tag = "auth",
    params(("user" = wire::schema::Named, Path), ("provider" = wire::schema::Label, Path)),
    responses((status = 204, description = "The identity is unlinked.")),
)]
async fn unlink_user_identity(
    auth: AuthContext,
    IdentityPath(name, provider): IdentityPath,
) -> ApiResult<StatusCode> {
    let user = own_user(&auth, &name).await?;
    unlink_identity(&auth.tenant, user, &provider).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) fn routes() -> Routes {
    routes![
        list_sessions: Caller [UsersRead],
        end_session: Caller [UsersWrite],
        set_password: Caller [UsersWrite],
        change_email: Caller [UsersWrite],
        verify_email: Caller [UsersWrite],
        list_user_identities: Caller [UsersRead],
        link_user_identity: Server [UsersWrite],
        unlink_user_identity: Server [UsersWrite],
    ]
}
