use axum::extract::Request;
use axum::http::header::HOST;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Version};
use base::{Error, Result};

use crate::extract::single;

/// Checks that a request names its host once (RFC 9112, section 3.2).
///
/// # Errors
/// 400 for a missing, repeated or malformed `Host`.
pub(super) fn check(request: &Request) -> Result<()> {
    check_header(request.headers(), request.version())
}

fn check_header(headers: &HeaderMap, version: Version) -> Result<()> {
    match single(headers, &HOST)? {
        None if version == Version::HTTP_11 => {
            Err(Error::invalid("host", "The header is missing."))
        }
        Some(host) if !host.is_empty() && host.parse::<Authority>().is_err() => Err(
            Error::invalid("host", "The header is not a host with an optional port."),
        ),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_is_required_once_and_well_formed() {
        let checked = |hosts: &[&str], version| {
            let headers = hosts
                .iter()
                .map(|host| (HOST, host.parse().unwrap()))
                .collect();
            check_header(&headers, version).is_ok()
        };
        for good in ["a.example", "127.0.0.1:8080", "[::1]:80", ""] {
            assert!(checked(&[good], Version::HTTP_11), "{good}");
        }
        for bad in [
            &["a.example", "a.example"][..],
            &[],
            &["a b"],
            &["a.example/path"],
        ] {
            assert!(!checked(bad, Version::HTTP_11), "{bad:?}");
        }
        assert!(checked(&[], Version::HTTP_10));
        assert!(checked(&[], Version::HTTP_2));
    }
}
