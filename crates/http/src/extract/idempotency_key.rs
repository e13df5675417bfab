use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use base::{Error, limit};

use crate::api::Api;
use crate::refusal::Refusal;

/// The header `Idempotency-Key`, when there is one: 1 to 255 printable ASCII characters.
#[derive(Debug)]
pub(crate) struct IdempotencyKey(pub(crate) Option<String>);

impl FromRequestParts<Api> for IdempotencyKey {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &Api) -> Result<Self, Refusal> {
        let mut values = parts.headers.get_all("idempotency-key").iter();
        let Some(value) = values.next() else {
            return Ok(Self(None));
        };
        let legal = |text: &&str| {
            let printable = text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
            printable && (1..=limit::IDEMPOTENCY_KEY_LENGTH).contains(&text.len())
        };
        if let (Some(text), None) = (value.to_str().ok().filter(legal), values.next()) {
            return Ok(Self(Some(text.to_owned())));
        }
        let told = format!(
            "Expected once, 1 to {} printable ASCII characters.",
            limit::IDEMPOTENCY_KEY_LENGTH
        );
        Err(Error::invalid("Idempotency-Key", told).into())
    }
}
