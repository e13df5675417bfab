use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use base::{Code, Failure, Result};
use domain::platform::mint_token;
use domain::users;
use serde::{Deserialize, Serialize};
use wire::Onlooker;

use super::Demo;
use super::people::{PEOPLE, named};

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
    Router::new().route("/v1/demo/exchange", post(exchange)).with_state(demo)
}

async fn exchange(State(demo): State<Arc<Demo>>, body: Bytes) -> Response {
    match redeem(&demo, &body).await {
        Ok(exchanged) => Json(exchanged).into_response(),
        Err(failure) => refused(failure),
    }
}

async fn redeem(demo: &Demo, body: &[u8]) -> Result<Exchanged> {
    let Exchange { code } = serde_json::from_slice(body)
        .map_err(|error| Failure::invalid("", format!("must be an object with the code of the link: {error}")))?;
    if !demo.link.redeem(&code, demo.desk.store.context().now()) {
        let told = "The link was used before or is too old; the next start of the server prints another.";
        return Err(Failure::new(Code::Unauthenticated, told));
    }
    sign_in(demo).await
}

/// A response that the API's envelope turns into a problem document.
fn refused(failure: Failure) -> Response {
    let status = StatusCode::from_u16(failure.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = status.into_response();
    response.extensions_mut().insert(failure);
    response
}

async fn sign_in(demo: &Demo) -> Result<Exchanged> {
    let mut users = Vec::with_capacity(PEOPLE.len());
    for (id, _) in PEOPLE {
        let user = named(id)?;
        let minted = mint_token(&demo.tenant, &demo.desk.vault, &demo.application, &user, None).await?;
        let user = wire::User::of(&users::resolve(&demo.tenant, &user).await?, Onlooker::User(minted.user))?;
        users.push(SignedIn { user, token: minted.token });
    }
    Ok(Exchanged { users })
}
