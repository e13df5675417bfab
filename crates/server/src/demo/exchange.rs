use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use base::{Error, ErrorCode, Result};
use domain::auth::mint_token;
use domain::users;
use serde::{Deserialize, Serialize};
use wire::Viewer;

use super::Demo;
use super::data::{USERS, user_by_external_id};

/// Longest request body.
const MAX_BODY_BYTES: usize = 4 * 1024;

/// Request that redeems the code of the printed link.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExchangeRequest {
    code: String,
}

#[derive(Debug, Serialize)]
struct ExchangeResponse {
    users: Vec<SignedInUser>,
}

#[derive(Debug, Serialize)]
struct SignedInUser {
    user: wire::User,
    token: String,
}

/// Returns the route `POST /v1/demo/exchange`.
pub fn routes(demo: Arc<Demo>) -> Router {
    Router::new()
        .route("/v1/demo/exchange", post(exchange))
        .with_state(demo)
}

async fn exchange(State(demo): State<Arc<Demo>>, request: Request) -> Response {
    match try_exchange(&demo, request).await {
        Ok(response) => Json(response).into_response(),
        Err(error) => error_response(error),
    }
}

/// Reads the body and redeems the code. The caller is not authenticated, so
/// few bodies are read concurrently.
async fn try_exchange(demo: &Demo, request: Request) -> Result<ExchangeResponse> {
    let busy = |_| {
        let detail = "Too many links are being redeemed; retry later.";
        Error::new(ErrorCode::Unavailable, detail).retry_after_ms(1_000)
    };
    let _permit = demo.exchanges.try_acquire().map_err(busy)?;
    redeem(demo, &http_api::read_body(request, MAX_BODY_BYTES).await?).await
}

async fn redeem(demo: &Demo, body: &[u8]) -> Result<ExchangeResponse> {
    let ExchangeRequest { code } = serde_json::from_slice(body).map_err(|error| {
        Error::invalid(
            "",
            format!("must be an object with the code of the link: {error}"),
        )
    })?;
    if !demo.link.redeem(&code, demo.services.store.context().now()) {
        let detail = "The link is expired or already used; restart the server for a new one.";
        return Err(Error::new(ErrorCode::Unauthenticated, detail));
    }
    sign_in(demo).await
}

/// Creates a response that the middleware of the API turns into a problem document.
fn error_response(error: Error) -> Response {
    let status =
        StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = status.into_response();
    response.extensions_mut().insert(error);
    response
}

async fn sign_in(demo: &Demo) -> Result<ExchangeResponse> {
    let mut signed_in = Vec::with_capacity(USERS.len());
    let platform = demo.services.store.platform();
    for (id, _) in USERS {
        let user = user_by_external_id(id)?;
        let minted = mint_token(
            &demo.tenant,
            &platform,
            &demo.services.key_ring,
            demo.application.id,
            &user,
            None,
        )
        .await?;
        let user = wire::User::of(
            &users::resolve(&demo.tenant, &user).await?,
            Viewer::User(minted.user),
        )?;
        signed_in.push(SignedInUser {
            user,
            token: minted.token,
        });
    }
    Ok(ExchangeResponse { users: signed_in })
}
