use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base::{Error, ErrorCode};

/// A failure on its way out. The envelope, which knows the request's id, turns
/// it into a problem document.
#[derive(Debug, Clone)]
pub(crate) struct Refusal(pub(crate) Error);

/// What handlers answer.
pub(crate) type Answer<T> = Result<T, Refusal>;

impl<F: Into<Error>> From<F> for Refusal {
    fn from(failure: F) -> Self {
        Self(failure.into())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = status(self.0.code).into_response();
        response.extensions_mut().insert(self.0);
        response
    }
}

/// The status of a code.
pub(crate) fn status(code: ErrorCode) -> StatusCode {
    StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
