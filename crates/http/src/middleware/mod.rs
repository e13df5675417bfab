//! Middleware of every request: request id, timeout, rate limits and
//! concurrency, the problem document of an error, and response headers.

mod context;
mod headers;
mod occupancy;
mod problem;
mod reserved_body;
mod unread_body;

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base::{ClientAddress, Error, ErrorCode, limit};
use futures_util::FutureExt;

use crate::access::Access;
use crate::cost::{Cost, Payer};
use crate::error::ApiError;
use crate::state::AppState;
pub(crate) use context::RequestContext;
pub(crate) use occupancy::{Occupancy, acquire};
use unread_body::BodyWatch;
pub use unread_body::Linger;

/// Milliseconds after which a client may retry a request that found the server overloaded.
const RETRY_DELAY_MILLIS: u64 = 1_000;

/// Handles a request and finalizes its response, also after an error, a panic or a timeout.
pub(crate) async fn finalize(
    State(state): State<AppState>,
    mut request: Request,
    next: Next,
) -> Response {
    let context = RequestContext::new(&state);
    request.extensions_mut().insert(context.clone());
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let body = BodyWatch::new(&mut request);
    // Scripts of other origins must not call the admin API, not even with the operator's browser.
    let is_admin = path.starts_with("/admin/");
    let preflight = headers::preflight(&request).filter(|_| !is_admin);
    let response = match (headers::check_host(&request), preflight) {
        (Err(error), _) => error_response(error),
        (Ok(()), Some(response)) => response,
        (Ok(()), None) => with_rate_limit(&state, &context, request, next).await,
    };
    let mut response = problem::render(response, &context, &method, &path);
    headers::add(response.headers_mut(), &context);
    if is_admin {
        headers::remove_cors(response.headers_mut());
    }
    if path.starts_with("/v1/uploads") {
        headers::add_tus_version(response.headers_mut());
    }
    if let Some(body) = body {
        body.finish(&mut response).await;
    }
    response
}

/// Returns whether the request is a health check, which must work under overload too.
fn is_health_check(request: &Request) -> bool {
    matches!(request.uri().path(), "/healthz" | "/readyz")
}

/// Charges costs that are known only after the response: a request without a
/// valid credential to the client's address, an expensive response to its caller.
async fn with_rate_limit(
    state: &AppState,
    context: &RequestContext,
    request: Request,
    next: Next,
) -> Response {
    if is_health_check(&request) {
        return with_timeout(context, request, next).await;
    }
    let client = request
        .extensions()
        .get()
        .copied()
        .unwrap_or(ClientAddress::UNKNOWN);
    let is_public = state
        .policy(request.method(), request.extensions())
        .is_some_and(|policy| matches!(policy.access, Access::Anyone | Access::Publishable));
    if let Err(error) = state.authenticator().check_address(client) {
        return error_response(error);
    }
    // An admin must be able to end a block of their own address.
    if !request.uri().path().starts_with("/admin/")
        && let Err(error) = state.authenticator().check_not_blocked(client).await
    {
        return error_response(error);
    }
    let response = with_occupancy(state, context, request, next).await;
    match (context.payer(), response.extensions().get()) {
        (Some(Payer { tenant, user }), Some(Cost(cost))) => {
            state.authenticator().charge(tenant, user, *cost);
        }
        _ if context.tenant().is_none() && (is_public || is_client_error(&response)) => {
            state.authenticator().charge_address(client);
        }
        _ => {}
    }
    response
}

/// Returns whether the response has a 4xx status.
fn is_client_error(response: &Response) -> bool {
    let error = response.extensions().get::<Error>();
    let status = error.map_or(response.status().as_u16(), |error| error.code.status());
    (400..500).contains(&status)
}

async fn with_occupancy(
    state: &AppState,
    context: &RequestContext,
    mut request: Request,
    next: Next,
) -> Response {
    let occupancy = match Occupancy::begin(state.request_slots()) {
        Ok(occupancy) => occupancy,
        Err(error) => return error_response(error),
    };
    request.extensions_mut().insert(occupancy.clone());
    let response = with_timeout(context, request, next).await;
    occupancy.end(response)
}

async fn with_timeout(context: &RequestContext, request: Request, next: Next) -> Response {
    let mut response = std::pin::pin!(AssertUnwindSafe(next.run(request)).catch_unwind());
    let timeout = Duration::from_secs(limit::REQUEST_SECONDS as u64);
    let outcome = loop {
        match tokio::time::timeout(timeout, &mut response).await {
            // The transfer ends itself if it makes no progress.
            Err(_) if context.is_transferring() => {}
            outcome => break outcome,
        }
    };
    match outcome {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => error_response(Error::new(
            ErrorCode::Internal,
            "Internal error; report the request id.",
        )),
        Err(_) if context.is_receiving_body() => error_response(Error::new(
            ErrorCode::RequestTimeout,
            "Timeout while receiving the body.",
        )),
        Err(_) => error_response(
            Error::new(
                ErrorCode::Unavailable,
                "Request timed out; whether it had an effect is unknown.",
            )
            .retry_after_ms(RETRY_DELAY_MILLIS),
        ),
    }
}

fn error_response(error: Error) -> Response {
    ApiError(error).into_response()
}
