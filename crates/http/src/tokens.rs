//! User tokens: `/v1/users/{user}/tokens` and `/v1/tokens`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::auth::{AuthContext, mint_token};
use domain::users::revoke_tokens;
use wire::{NewToken, Token, TokenRevocation, TokensRevoked};

use crate::error::ApiResult;
use crate::extract::{OptionalBody, UserPath};
use crate::routes::{Routes, routes};
use crate::state::AppState;

/// Create a user token
///
/// Creates a token with which a client acts as the user. It is signed with the secret of the API
/// key's application. A token created after a revocation is accepted at once. Requires an API key
/// with `tokens:write` and no acting user.
#[utoipa::path(
    post, path = "/v1/users/{user}/tokens", tag = "tokens", params(("user" = wire::schema::Named, Path)),
    request_body(content = Option<NewToken>), responses((status = 201, description = "The token.", body = Token)),
)]
async fn create_token(
    State(state): State<AppState>,
    auth: AuthContext,
    UserPath(name): UserPath,
    OptionalBody(new): OptionalBody<NewToken>,
) -> ApiResult<(StatusCode, Json<Token>)> {
    let platform = state.store().platform();
    let application = auth.application.id;
    let created = mint_token(
        &auth.tenant,
        &platform,
        state.key_ring(),
        application,
        &name,
        new.expires_in,
    )
    .await?;
    let token = Token {
        token: created.token,
        user_id: created.user,
        expires_at: created.expires_at,
    };
    Ok((StatusCode::CREATED, Json(token)))
}

/// Revoke a user's tokens
///
/// Rejects all tokens of the user that were issued before `before`, and closes the connections
/// opened with them. By default, `before` is the current time. A token signed by the tenant's own
/// server is accepted again if its `iat` is `usable_from` or later, because that server's clock may
/// be ahead. Tokens created with `POST /v1/users/{user}/tokens` after the revocation are accepted
/// at once. Requires an API key with `tokens:write` and no acting user.
#[utoipa::path(
    post, path = "/v1/users/{user}/tokens/revoke", tag = "tokens", params(("user" = wire::schema::Named, Path)),
    request_body(content = Option<TokenRevocation>),
    responses((status = 200, description = "The tokens are revoked.", body = TokensRevoked)),
)]
async fn revoke_user_tokens(
    auth: AuthContext,
    UserPath(name): UserPath,
    OptionalBody(revocation): OptionalBody<TokenRevocation>,
) -> ApiResult<Json<TokensRevoked>> {
    let usable_from = revoke_tokens(&auth.tenant, &name, revocation.before).await?;
    Ok(Json(TokensRevoked { usable_from }))
}

/// Revoke an application's tokens
///
/// Rejects all user tokens of the API key's application that were issued before `before`, and
/// closes the connections opened with them. By default, `before` is the current time. A token
/// signed by the tenant's own server is accepted again if its `iat` is `usable_from` or later,
/// because that server's clock may be ahead. Tokens created with `POST /v1/users/{user}/tokens`
/// after the revocation are accepted at once. Requires an API key with `tokens:write` and no acting
/// user.
#[utoipa::path(
    post, path = "/v1/tokens/revoke", tag = "tokens",
    request_body(content = Option<TokenRevocation>),
    responses((status = 200, description = "The tokens are revoked.", body = TokensRevoked)),
)]
async fn revoke_application_tokens(
    State(state): State<AppState>,
    auth: AuthContext,
    OptionalBody(revocation): OptionalBody<TokenRevocation>,
) -> ApiResult<Json<TokensRevoked>> {
    let platform = state.store().platform();
    let application = auth.application.id;
    let usable_from =
        domain::tenants::revoke_application_tokens(&platform, application, revocation.before)
            .await?;
    Ok(Json(TokensRevoked { usable_from }))
}

pub(crate) fn routes() -> Routes {
    routes![
        "tokens": "User tokens, with which clients act as users.";
        create_token: Server [TokensWrite],
        revoke_user_tokens: Server [TokensWrite],
        revoke_application_tokens: Server [TokensWrite],
    ]
}
