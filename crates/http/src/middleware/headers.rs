use axum::extract::Request;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD,
    CACHE_CONTROL, HOST, ORIGIN, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version};
use axum::response::{IntoResponse, Response};
use base::{Error, Result, limit};
use domain::auth::RateLimitStatus;

use super::RequestContext;
use crate::headers::single;

const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Response headers that scripts of other origins may read.
const EXPOSED: &str = "Request-Id, RateLimit, RateLimit-Policy, Retry-After, Idempotent-Replayed, \
    Location, ETag, Accept-Ranges, Content-Range, Content-Disposition, Tus-Resumable, Tus-Version, \
    Tus-Extension, Tus-Max-Size, Tus-Checksum-Algorithm, Upload-Offset, Upload-Length, \
    Upload-Defer-Length, Upload-Metadata, Upload-Expires";

const CORS_METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE");
const CORS_HEADERS: HeaderValue = HeaderValue::from_static(
    "Authorization, Content-Type, Idempotency-Key, Caas-User, Range, If-None-Match, If-Range, \
     Tus-Resumable, Upload-Length, Upload-Offset, Upload-Defer-Length, Upload-Metadata, \
     Upload-Checksum, X-HTTP-Method-Override, X-Requested-With",
);
const CORS_MAX_AGE_SECONDS: HeaderValue = HeaderValue::from_static("7200");

/// Adds the headers that every response has.
pub(super) fn add(headers: &mut HeaderMap, context: &RequestContext) {
    put(headers, REQUEST_ID, context.id());
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(
        ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static(EXPOSED),
    );
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    if let Some(status) = context.rate_limit() {
        let RateLimitStatus {
            scope,
            burst,
            requests,
            full_in,
        } = status;
        let window = limit::REQUESTS_BURST_SECONDS;
        let policy = format!("\"{scope}\";q={burst};w={window}");
        put(headers, RATE_LIMIT_POLICY, &policy);
        let remaining = format!("\"{scope}\";r={requests};t={full_in}");
        put(headers, RATE_LIMIT, &remaining);
    }
}

/// Removes the headers with which scripts of other origins may read a response.
pub(super) fn remove_cors(headers: &mut HeaderMap) {
    headers.remove(ACCESS_CONTROL_ALLOW_ORIGIN);
    headers.remove(ACCESS_CONTROL_EXPOSE_HEADERS);
}

/// Adds the headers of every response of the upload protocol, tus 1.0.
pub(super) fn add_tus_version(headers: &mut HeaderMap) {
    for name in ["tus-resumable", "tus-version"] {
        let name = HeaderName::from_static(name);
        headers.insert(name, HeaderValue::from_static("1.0.0"));
    }
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// Returns the response to a CORS preflight request; `None` for other requests.
///
/// It allows every origin, without credentials of the browser: the origin of
/// the real request is checked against the application.
pub(super) fn preflight(request: &Request) -> Option<Response> {
    let headers = request.headers();
    let is_preflight = request.method() == Method::OPTIONS
        && headers.contains_key(ORIGIN)
        && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    is_preflight.then(|| {
        let headers = [
            (ACCESS_CONTROL_ALLOW_METHODS, CORS_METHODS),
            (ACCESS_CONTROL_ALLOW_HEADERS, CORS_HEADERS),
            (ACCESS_CONTROL_MAX_AGE, CORS_MAX_AGE_SECONDS),
        ];
        (StatusCode::NO_CONTENT, headers).into_response()
    })
}

/// Checks that a request has one valid `Host` (RFC 9112, section 3.2).
///
/// # Errors
/// 400 for a missing, duplicate or malformed `Host`.
pub(super) fn check_host(request: &Request) -> Result<()> {
    check_host_header(request.headers(), request.version())
}

fn check_host_header(headers: &HeaderMap, version: Version) -> Result<()> {
    match single(headers, &HOST)? {
        None if version == Version::HTTP_11 => {
            Err(Error::invalid("host", "The header is missing."))
        }
        Some(host) if !host.is_empty() && host.parse::<Authority>().is_err() => Err(
            Error::invalid("host", "The header must be a host with an optional port."),
        ),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_is_required_once_and_well_formed() {
        let is_valid = |hosts: &[&str], version| {
            let headers = hosts
                .iter()
                .map(|host| (HOST, host.parse().unwrap()))
                .collect();
            check_host_header(&headers, version).is_ok()
        };
        for valid in ["a.example", "127.0.0.1:8080", "[::1]:80", ""] {
            assert!(is_valid(&[valid], Version::HTTP_11), "{valid}");
        }
        for invalid in [
            &["a.example", "a.example"][..],
            &[],
            &["a b"],
            &["a.example/path"],
        ] {
            assert!(!is_valid(invalid, Version::HTTP_11), "{invalid:?}");
        }
        assert!(is_valid(&[], Version::HTTP_10));
        assert!(is_valid(&[], Version::HTTP_2));
    }
}
