use axum::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, CACHE_CONTROL,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use base::limit;
use domain::auth::RateLimitStatus;

use super::Trail;

const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Headers that scripts of other origins may read.
const EXPOSED: &str = "Request-Id, RateLimit, RateLimit-Policy, Retry-After, Idempotent-Replayed";

/// The headers of every answer.
pub(super) fn add(headers: &mut HeaderMap, trail: &Trail) {
    put(headers, REQUEST_ID, trail.id());
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(
        ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static(EXPOSED),
    );
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    if let Some(left) = trail.left() {
        let RateLimitStatus {
            whose,
            burst,
            requests,
            full_in,
        } = left;
        put(
            headers,
            RATE_LIMIT_POLICY,
            &format!("\"{whose}\";q={burst};w={}", limit::REQUESTS_BURST_SECONDS),
        );
        put(
            headers,
            RATE_LIMIT,
            &format!("\"{whose}\";r={requests};t={full_in}"),
        );
    }
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
