//! Sign-up, sign-in and recovery: `/v1/auth`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use base::{Error, ErrorCode};
use domain::auth::AuthContext;
use domain::sessions::{end_others, sign_out as end_session};
use wire::{
    AuthFlow, CodeRequest, CodeResend, CodeVerification, GuestSignIn, PasswordReset,
    PasswordSignIn, SessionTokens, SignOut, SignOutScope, SignUp, TokenRefresh,
};

use crate::error::ApiResult;
use crate::extract::{Body, ByVisitor, OptionalBody};
use crate::routes::{Routes, routes};
use crate::state::AppState;

/// Sign up
///
/// Starts a sign-up and sends a code to the address. `POST /v1/auth/verify` with the code creates
/// the user. The response is the same for known and unknown addresses; a user who already has an
/// account is informed by mail. Fails with 403 `sign_up_disabled` unless the setting `sign_up` is
/// `open`, and with 422 `weak_password` for a common password. Requires a publishable key.
#[utoipa::path(
    post, path = "/v1/auth/sign-up", tag = "auth", request_body = SignUp,
    responses((status = 202, description = "The flow.", body = AuthFlow)),
)]
async fn sign_up(
    State(state): State<AppState>,
    ByVisitor(visitor): ByVisitor,
    Body(new): Body<SignUp>,
) -> ApiResult<(StatusCode, Json<AuthFlow>)> {
    let started = state.sign_in().sign_up(&visitor, new.into()).await?;
    Ok((StatusCode::ACCEPTED, Json(started.into())))
}

/// Request a code
///
/// Starts a sign-in and sends a code to the address. An unknown address signs up if the setting
/// `sign_up` is `open`. The response is the same for all addresses. Requires a publishable key.
#[utoipa::path(
    post, path = "/v1/auth/code", tag = "auth", request_body = CodeRequest,
    responses((status = 202, description = "The flow.", body = AuthFlow)),
)]
async fn request_code(
    State(state): State<AppState>,
    ByVisitor(visitor): ByVisitor,
    Body(request): Body<CodeRequest>,
) -> ApiResult<(StatusCode, Json<AuthFlow>)> {
    let CodeRequest { email, language } = request;
    let started = state.sign_in().with_code(&visitor, email, language).await?;
    Ok((StatusCode::ACCEPTED, Json(started.into())))
}

/// Resend a code
///
/// Sends a new code; the previous one becomes invalid. Fails with 429 `rate_limited` if a code was
/// sent in the last minute or five were sent. Requires a publishable key.
#[utoipa::path(
    post, path = "/v1/auth/resend", tag = "auth", request_body = CodeResend,
    responses((status = 202, description = "The flow.", body = AuthFlow)),
)]
async fn resend_code(
    State(state): State<AppState>,
    ByVisitor(visitor): ByVisitor,
    Body(CodeResend { flow }): Body<CodeResend>,
) -> ApiResult<(StatusCode, Json<AuthFlow>)> {
    let started = state.sign_in().resend(&visitor, &flow).await?;
    Ok((StatusCode::ACCEPTED, Json(started.into())))
}

/// Verify a code
///
/// Completes a sign-up or a sign-in and begins a session. A code is accepted once, for 10 minutes
/// and for five attempts; otherwise the request fails with 403 `code_invalid`. Requires a
/// publishable key.
#[utoipa::path(
    post, path = "/v1/auth/verify", tag = "auth", request_body = CodeVerification,
    responses((status = 200, description = "The session.", body = SessionTokens)),
)]
async fn verify_code(
    State(state): State<AppState>,
    ByVisitor(visitor): ByVisitor,
    Body(given): Body<CodeVerification>,
) -> ApiResult<Json<SessionTokens>> {
    let device = given.device.unwrap_or_default().into();
    let sign_in = state.sign_in();
    let signed_in = sign_in
        .verify(&visitor, &given.flow, &given.code, device)
        .await?;
    Ok(Json(SessionTokens::of(&signed_in)?))
}

/// Sign in with a password
///
/// Begins a session. Fails with 401 `invalid_credentials` for an unknown address and for a wrong
/// password. After five failures of an account the next attempt must wait: 429 `rate_limited` with
/// `Retry-After`, at most 15 minutes. Requires a publishable key.
#[utoipa::path(
    post, path = "/v1/auth/sign-in", tag = "auth", request_body = PasswordSignIn,
    responses((status = 200, description = "The session.", body = SessionTokens)),
)]
async fn sign_in_with_password(
    State(state): State<AppState>,
    ByVisitor(visitor): ByVisitor,
    Body(attempt): Body<PasswordSignIn>,
) -> ApiResult<Json<SessionTokens>> {
    let signed_in = state
        .sign_in()
        .with_password(&visitor, attempt.into())
        .await?;
    Ok(Json(SessionTokens::of(&signed_in)?))
}

/// Sign in as a guest
///
/// Creates a user with the role `client` and without an address, and begins a session. When it
/// ends, no one can sign in as this user again. Fails with 403 `sign_up_disabled` unless the
/// setting `guests` is on. Requires a publishable key.
#[utoipa::path(
    post, path = "/v1/auth/guest", tag = "auth", request_body(content = Option<GuestSignIn>),
    responses((status = 201, description = "The session.", body = SessionTokens)),
)]
async fn sign_in_as_guest(
    State(state): State<AppState>,
    ByVisitor(visitor): ByVisitor,
    OptionalBody(guest): OptionalBody<GuestSignIn>,
) -> ApiResult<(StatusCode, Json<SessionTokens>)> {
    let GuestSignIn { name, device } = guest;
    let device = device.unwrap_or_default().into();
    let signed_in = state.sign_in().guest(&visitor, name, device).await?;
    Ok((StatusCode::CREATED, Json(SessionTokens::of(&signed_in)?)))
}

/// Recover a password
///
/// Sends a code to the verified address of a user; `POST /v1/auth/reset-password` with the code
/// sets a new password. The response is the same for all addresses. Requires a publishable key.
#[utoipa::path(
    post, path = "/v1/auth/recover", tag = "auth", request_body = CodeRequest,
    responses((status = 202, description = "The flow.", body = AuthFlow)),
)]
async fn recover_password(
    State(state): State<AppState>,
    ByVisitor(visitor): ByVisitor,
    Body(request): Body<CodeRequest>,
) -> ApiResult<(StatusCode, Json<AuthFlow>)> {
    let CodeRequest { email, language } = request;
    let started = state.sign_in().recover(&visitor, email, language).await?;
    Ok((StatusCode::ACCEPTED, Json(started.into())))
}

/// Reset a password
///
/// Sets a new password with the code from a mail, ends all sessions of the user and begins a new
/// one. The user is informed by mail. Fails with 403 `code_invalid` and 422 `weak_password`.
/// Requires a publishable key.
#[utoipa::path(
    post, path = "/v1/auth/reset-password", tag = "auth", request_body = PasswordReset,
    responses((status = 200, description = "The session.", body = SessionTokens)),
)]
async fn reset_password(
    State(state): State<AppState>,
    ByVisitor(visitor): ByVisitor,
    Body(reset): Body<PasswordReset>,
) -> ApiResult<Json<SessionTokens>> {
    let device = reset.device.unwrap_or_default().into();
    let sign_in = state.sign_in();
    let signed_in = sign_in
        .reset_password(&visitor, &reset.flow, &reset.code, &reset.password, device)
        .await?;
    Ok(Json(SessionTokens::of(&signed_in)?))
}

/// Refresh the tokens
///
/// Replaces both tokens of a session. For 10 seconds a repeated request with the same refresh token
/// returns the same new one; afterwards it fails with 401 `refresh_token_reused` and ends the
/// session. Fails with 401 `refresh_token_invalid` if the session has ended. Requires a publishable
/// key.
#[utoipa::path(
    post, path = "/v1/auth/refresh", tag = "auth", request_body = TokenRefresh,
    responses((status = 200, description = "The session.", body = SessionTokens)),
)]
async fn refresh_tokens(
    State(state): State<AppState>,
    ByVisitor(visitor): ByVisitor,
    Body(TokenRefresh { refresh_token }): Body<TokenRefresh>,
) -> ApiResult<Json<SessionTokens>> {
    let signed_in = state.sign_in().refresh(&visitor, &refresh_token).await?;
    Ok(Json(SessionTokens::of(&signed_in)?))
}

/// Sign out
///
/// Ends the session of the token, all others, or all. Their tokens are rejected at once and their
/// connections closed. Fails with 404 `session_not_found` if `scope` is `local` and the token
/// belongs to no session. Requires `users:write`.
#[utoipa::path(
    post, path = "/v1/auth/sign-out", tag = "auth", request_body(content = Option<SignOut>),
    responses((status = 204, description = "The sessions have ended.")),
)]
async fn sign_out(
    auth: AuthContext,
    OptionalBody(SignOut { scope }): OptionalBody<SignOut>,
) -> ApiResult<StatusCode> {
    let user = auth.actor.user()?;
    let session = auth.session();
    match scope {
        SignOutScope::Local => {
            let message = "The token belongs to no session.";
            let none = || Error::new(ErrorCode::SessionNotFound, message);
            end_session(&auth.tenant, user, session.ok_or_else(none)?).await?;
        }
        SignOutScope::Others => drop(end_others(&auth.tenant, user, session).await?),
        SignOutScope::Global => drop(end_others(&auth.tenant, user, None).await?),
    }
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) fn routes() -> Routes {
    routes![
        "auth": "Sign-up, sign-in, password recovery and sessions.";
        sign_up: Publishable [],
        request_code: Publishable [],
        resend_code: Publishable [],
        verify_code: Publishable [],
        sign_in_with_password: Publishable [],
        sign_in_as_guest: Publishable [],
        recover_password: Publishable [],
        reset_password: Publishable [],
        refresh_tokens: Publishable [],
        sign_out: User [UsersWrite],
    ]
}
