//! Reading JSON from outside: one place for frames and bodies alike. Duplicate
//! keys, too deep nesting, NUL, integers beyond 64 bits, unknown fields and
//! wrong types are refused with a pointer to the place.

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

/// Reads a `T` from JSON text.
///
/// # Errors
/// 400 `invalid_request` that names the place by a JSON pointer.
pub fn parse<T: DeserializeOwned>(text: &[u8]) -> Result<T> {
    typed(document(text)?)
}
