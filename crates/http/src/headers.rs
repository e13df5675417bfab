use axum::http::HeaderMap;
use axum::http::header::{HeaderName, HeaderValue};
use base::Result;
use wire::headers;

/// Returns the value of a header that may occur at most once.
///
/// # Errors
/// 400 for a duplicate header and for a value that is not printable ASCII.
pub(crate) fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>> {
    headers::single(
        name.as_str(),
        headers.get_all(name).iter().map(HeaderValue::as_bytes),
    )
}
