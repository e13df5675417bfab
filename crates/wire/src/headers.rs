//! Headers of requests that every endpoint reads in the same way.

use base::{Error, ErrorCode, Result};

/// Returns the value of a header that may occur once at most.
///
/// # Errors
/// 400 for a repeated header and for a value that is not printable ASCII.
pub fn single<'a>(
    name: &str,
    values: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Option<&'a str>> {
    let mut values = values.into_iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(Error::invalid(name.to_owned(), "Duplicate header."));
    }
    let printable = value.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\t'));
    let text = std::str::from_utf8(value).ok().filter(|_| printable);
    text.map(Some)
        .ok_or_else(|| Error::invalid(name.to_owned(), "The header is not plain text."))
}

/// Returns the credential of an `Authorization` header; the scheme is
/// `Bearer` in any case.
///
/// # Errors
/// 401 without the header and for another scheme.
pub fn bearer(authorization: Option<&str>) -> Result<&str> {
    let (scheme, credential) = authorization
        .and_then(|value| value.split_once(' '))
        .unwrap_or_default();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Ok(credential.trim_start_matches(' '));
    }
    Err(Error::new(
        ErrorCode::Unauthenticated,
        "Send an API key or a user token as Authorization: Bearer.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_rejects_duplicates_and_text_that_is_not_ascii() {
        assert_eq!(single("origin", []).unwrap(), None);
        assert_eq!(
            single("origin", [&b"https://a.example"[..]]).unwrap(),
            Some("https://a.example")
        );
        for wrong in [&[&b"a"[..], b"a"][..], &[b"\xc3\xa4"], &[b"a\x7f"]] {
            let failure = single("origin", wrong.iter().copied()).unwrap_err();
            assert_eq!(failure.faults[0].pointer, "origin", "{wrong:?}");
        }
    }

    #[test]
    fn bearer_takes_the_scheme_in_any_case() {
        for good in ["Bearer T", "bearer T", "BEARER  T"] {
            assert_eq!(bearer(Some(good)).unwrap(), "T", "{good}");
        }
        for bad in [None, Some(""), Some("Bearer"), Some("Basic T"), Some("T")] {
            assert_eq!(
                bearer(bad).unwrap_err().code,
                ErrorCode::Unauthenticated,
                "{bad:?}"
            );
        }
    }
}
