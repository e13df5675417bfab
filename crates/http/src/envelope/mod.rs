//! What surrounds every request: its id, its bounds in time and number, the
//! problem document when it fails, and the headers of every answer.

mod cors;
mod headers;
mod held;
mod host;
mod occupancy;
mod problem;
mod trail;
mod unread;

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base::{ClientAddress, Error, ErrorCode, limit};
use futures_util::FutureExt;

use crate::api::Api;
use crate::cost::{Cost, Payer};
use crate::policy::{Policy, Who};
use crate::refusal::Refusal;
pub(crate) use occupancy::Occupancy;
pub(crate) use trail::Trail;
pub use unread::Linger;
use unread::Unread;

/// Milliseconds after which a request that found no room may come again.
const ROOM_AFTER_MILLIS: u64 = 1_000;

/// Answers a request, whatever happens inside.
pub(crate) async fn seal(State(api): State<Api>, mut request: Request, next: Next) -> Response {
    let trail = Trail::begin(&api);
    request.extensions_mut().insert(trail.clone());
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let unread = Unread::watch(&mut request);
    let response = match (host::check(&request), cors::preflight(&request)) {
        (Err(failure), _) => refused(failure),
        (Ok(()), Some(response)) => response,
        (Ok(()), None) => counted(&api, &trail, request, next).await,
    };
    let mut response = problem::render(response, &trail, &method, &path);
    headers::add(response.headers_mut(), &trail);
    if let Some(unread) = unread {
        unread.finish(&mut response).await;
    }
    response
}

/// Whether a request asks how the server is, which it answers also when it is full.
fn asks_for_health(request: &Request) -> bool {
    matches!(request.uri().path(), "/healthz" | "/readyz")
}

/// Counts what is known of the request only when it is answered: a request
/// without a valid credential by its client's address, a costly response by
/// its caller.
async fn counted(api: &Api, trail: &Trail, request: Request, next: Next) -> Response {
    if asks_for_health(&request) {
        return timed(trail, request, next).await;
    }
    let client = request
        .extensions()
        .get()
        .copied()
        .unwrap_or(ClientAddress::UNKNOWN);
    let is_public = Policy::of_request(&request).is_some_and(|policy| policy.who == Who::Anyone);
    if let Err(failure) = api.door().check_address(client) {
        return refused(failure);
    }
    let response = bounded(api, trail, request, next).await;
    match (trail.payer(), response.extensions().get()) {
        (Some(Payer { tenant, user }), Some(Cost(cost))) => api.door().charge(tenant, user, *cost),
        _ if trail.tenant().is_none() && (is_public || response_failed(&response)) => {
            api.door().charge_address(client);
        }
        _ => {}
    }
    response
}

/// Returns whether the request failed by the client's fault.
fn response_failed(response: &Response) -> bool {
    let failure = response.extensions().get::<Error>();
    let status = failure.map_or(response.status().as_u16(), |failure| failure.code.status());
    (400..500).contains(&status)
}

async fn bounded(api: &Api, trail: &Trail, mut request: Request, next: Next) -> Response {
    let occupancy = match Occupancy::begin(api.requests()) {
        Ok(occupancy) => occupancy,
        Err(failure) => return refused(failure),
    };
    request.extensions_mut().insert(occupancy.clone());
    let response = timed(trail, request, next).await;
    occupancy.end(response)
}

async fn timed(trail: &Trail, request: Request, next: Next) -> Response {
    let answer = AssertUnwindSafe(next.run(request)).catch_unwind();
    match tokio::time::timeout(Duration::from_secs(limit::REQUEST_SECONDS as u64), answer).await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => {
            let told = "Something failed on our side; the request id finds it in the log.";
            refused(Error::new(ErrorCode::Internal, told))
        }
        Err(_) if trail.is_arriving() => refused(Error::new(
            ErrorCode::RequestTimeout,
            "The body took too long to arrive.",
        )),
        Err(_) => {
            let told = "The request took too long; whether it was done is unclear.";
            refused(Error::new(ErrorCode::Unavailable, told).retry_after_ms(ROOM_AFTER_MILLIS))
        }
    }
}

fn refused(failure: Error) -> Response {
    Refusal(failure).into_response()
}
