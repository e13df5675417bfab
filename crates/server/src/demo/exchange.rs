use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use base::Result;
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

async fn exchange(State(demo): State<Arc<Demo>>, Json(Exchange { code }): Json<Exchange>) -> Response {
    if !demo.link.redeem(&code, demo.desk.store.context().now()) {
        return StatusCode::NOT_FOUND.into_response();
    }
    match sign_in(&demo).await {
        Ok(exchanged) => {
            ([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], Json(exchanged)).into_response()
        }
        Err(failure) => {
            tracing::warn!(%failure, "the demo users cannot sign in");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
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
