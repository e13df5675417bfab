use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base::Error;

/// Returns a response that carries an error. The middleware of the HTTP API writes its
/// problem document.
pub(crate) fn error_response(error: Error) -> Response {
    let status =
        StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = status.into_response();
    response.extensions_mut().insert(error);
    response
}
