use std::error::Error as StdError;

use axum::body::Body;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, Method};
use axum::response::Response;
use base::Error;
use wire::Problem;

use super::Trail;
use crate::refusal::status;

/// Writes the problem document of a response that carries a failure.
pub(super) fn render(
    mut response: Response,
    trail: &Trail,
    method: &Method,
    path: &str,
) -> Response {
    let Some(failure) = response.extensions_mut().remove::<Error>() else {
        return response;
    };
    log(&failure, trail, method, path);
    let status = status(failure.code);
    let problem = Problem::new(&failure, trail.id().to_owned());
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    if let Some(millis) = failure.retry_after_ms {
        headers.insert(
            RETRY_AFTER,
            HeaderValue::from(millis.div_ceil(1_000).max(1)),
        );
    }
    if status == axum::http::StatusCode::UNAUTHORIZED {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    *response.body_mut() = if method == Method::HEAD {
        Body::empty()
    } else {
        Body::from(body)
    };
    response
}

/// Failures of our own go to the log with their causes; refusals are the caller's business.
fn log(failure: &Error, trail: &Trail, method: &Method, path: &str) {
    let request_id = trail.id();
    let code = failure.code;
    let tenant = trail.tenant().map(tracing::field::display);
    match code.status() {
        401 | 403 => return tracing::info!(request_id, tenant, %method, path, %code, "refused"),
        400..500 => return tracing::debug!(request_id, tenant, %method, path, %code, "refused"),
        _ => {}
    }
    let mut causes = String::new();
    let mut cause: Option<&dyn StdError> = failure.source();
    while let Some(error) = cause {
        causes = format!("{causes}: {error}");
        cause = error.source();
    }
    tracing::error!(request_id, tenant, %method, path, %code, "{}{causes}", failure.detail);
}
