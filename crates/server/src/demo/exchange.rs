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
use super::people::{PEOPLE, named};

/// Bytes of the body: a code and some space.
const BODY_BYTES: usize = 4 * 1024;

/// Redeems the code of the printed link.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchange {
    code: String,
}

#[derive(Debug, Serialize)]
struct Exchanged {
    users: Vec<SignedIn>,
}

#[derive(Debug, Serialize)]
struct SignedIn {
    user: wire::User,
    token: String,
}

/// `POST /v1/demo/exchange`, which is there while there is a demo.
pub fn routes(demo: Arc<Demo>) -> Router {
    Router::new()
        .route("/v1/demo/exchange", post(exchange))
        .with_state(demo)
}

async fn exchange(State(demo): State<Arc<Demo>>, request: Request) -> Response {
    match answer(&demo, request).await {
        Ok(exchanged) => Json(exchanged).into_response(),
        Err(failure) => refused(failure),
    }
}

/// Reads the body, of which few are open at once since the caller is unknown.
async fn answer(demo: &Demo, request: Request) -> Result<Exchanged> {
    let busy = |_| {
        let detail = "Too many links are being redeemed; try again shortly.";
        Error::new(ErrorCode::Unavailable, detail).retry_after_ms(1_000)
    };
    let _open = demo.exchanges.try_acquire().map_err(busy)?;
    redeem(demo, &http_api::read_body(request, BODY_BYTES).await?).await
}

async fn redeem(demo: &Demo, body: &[u8]) -> Result<Exchanged> {
    let Exchange { code } = serde_json::from_slice(body).map_err(|error| {
        Error::invalid(
            "",
            format!("must be an object with the code of the link: {error}"),
        )
    })?;
    if !demo.link.redeem(&code, demo.desk.store.context().now()) {
        let told =
            "The link was used before or is too old; the next start of the server prints another.";
        return Err(Error::new(ErrorCode::Unauthenticated, told));
    }
    sign_in(demo).await
}

/// A response that the API's envelope turns into a problem document.
fn refused(failure: Error) -> Response {
    let status =
        StatusCode::from_u16(failure.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = status.into_response();
    response.extensions_mut().insert(failure);
    response
}

async fn sign_in(demo: &Demo) -> Result<Exchanged> {
    let mut users = Vec::with_capacity(PEOPLE.len());
    let platform = demo.desk.store.platform();
    for (id, _) in PEOPLE {
        let user = named(id)?;
        let minted = mint_token(
            &demo.tenant,
            &platform,
            &demo.desk.vault,
            demo.application.id,
            &user,
            None,
        )
        .await?;
        let user = wire::User::of(
            &users::resolve(&demo.tenant, &user).await?,
            Viewer::User(minted.user),
        )?;
        users.push(SignedIn {
            user,
            token: minted.token,
        });
    }
    Ok(Exchanged { users })
}
