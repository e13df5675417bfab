use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base::{Error, ErrorCode};

/// Error of a handler. The middleware turns it into a problem document, because
/// only the middleware has the request id.
#[derive(Debug, Clone)]
pub struct ApiError(pub(crate) Error);

/// Result of a handler.
pub(crate) type ApiResult<T> = Result<T, ApiError>;

impl<E: Into<Error>> From<E> for ApiError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = status(self.0.code).into_response();
        response.extensions_mut().insert(self.0);
        response
    }
}

/// Returns the HTTP status of an error code.
pub(crate) fn status(code: ErrorCode) -> StatusCode {
    StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
