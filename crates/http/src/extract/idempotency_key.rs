use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use base::{Error, limit};

use crate::error::ApiError;
use crate::state::AppState;

/// The optional header `Idempotency-Key`: 1 to 255 printable ASCII characters.
#[derive(Debug)]
pub(crate) struct IdempotencyKey(pub(crate) Option<String>);

impl FromRequestParts<AppState> for IdempotencyKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, ApiError> {
        let mut values = parts.headers.get_all("idempotency-key").iter();
        let Some(value) = values.next() else {
            return Ok(Self(None));
        };
        let is_valid = |text: &&str| {
            let is_printable = text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
            is_printable && (1..=limit::IDEMPOTENCY_KEY_LENGTH).contains(&text.len())
        };
        if let (Some(text), None) = (value.to_str().ok().filter(is_valid), values.next()) {
            return Ok(Self(Some(text.to_owned())));
        }
        let detail = format!(
            "Expected one header of 1 to {} printable ASCII characters.",
            limit::IDEMPOTENCY_KEY_LENGTH
        );
        Err(Error::invalid("Idempotency-Key", detail).into())
    }
}
