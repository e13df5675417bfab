//! Strict parsing of JSON from clients, for frames and bodies. Duplicate keys, deep nesting, NUL,
//! integers beyond 64 bits, unknown fields and wrong types are rejected with a pointer to the
//! place.

mod document;
mod exact;
mod number;
mod pointer;
mod query;
mod typed;

pub use document::document;
pub use number::number;
pub use query::{by_name, parameters, query};
pub use typed::typed;

use base::Result;
use serde::de::DeserializeOwned;

/// Parses a `T` from JSON text.
///
/// # Errors
/// Fails with 400 `invalid_request` and a JSON Pointer to the place.
pub fn parse<T: DeserializeOwned>(text: &[u8]) -> Result<T> {
    typed(document(text)?)
}
