use std::error::Error as StdError;

use axum::body::Body;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, Method};
use axum::response::Response;
use base::Error;
use wire::Problem;

use super::RequestContext;
use crate::error::status;

/// Replaces the body of a response that carries an [`Error`] by its problem document.
pub(super) fn render(
    mut response: Response,
    context: &RequestContext,
    method: &Method,
    path: &str,
) -> Response {
    let Some(error) = response.extensions_mut().remove::<Error>() else {
        return response;
    };
    log(&error, context, method, path);
    let status = status(error.code);
    let problem = Problem::new(&error, context.id().to_owned());
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    if let Some(millis) = error.retry_after_ms {
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

/// Logs an error: server errors with their causes, client errors at `info` or `debug`.
fn log(error: &Error, context: &RequestContext, method: &Method, path: &str) {
    let request_id = context.id();
    let code = error.code;
    let tenant = context.tenant().map(tracing::field::display);
    match code.status() {
        401 | 403 => {
            return tracing::info!(request_id, tenant, %method, path, %code, "request rejected");
        }
        400..500 => {
            return tracing::debug!(request_id, tenant, %method, path, %code, "request rejected");
        }
        _ => {}
    }
    let mut causes = String::new();
    let mut cause: Option<&dyn StdError> = error.source();
    while let Some(source) = cause {
        causes = format!("{causes}: {source}");
        cause = source.source();
    }
    tracing::error!(request_id, tenant, %method, path, %code, "{}{causes}", error.detail);
}
