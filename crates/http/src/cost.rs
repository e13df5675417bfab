//! Cost of a request above one: large bodies, batches, and pages that were read
//! and discarded.

use axum::http::HeaderMap;
use axum::http::header::CONTENT_LENGTH;
use base::{Id, TenantId, limit};
use domain::auth::AuthContext;
use domain::users::User;

/// Tenant and user whose rate limits a request counts towards.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Payer {
    /// The tenant.
    pub(crate) tenant: TenantId,
    /// The acting user, if there is one.
    pub(crate) user: Option<Id<User>>,
}

impl Payer {
    /// Returns the payer of a caller's requests.
    pub(crate) fn of(auth: &AuthContext) -> Self {
        Self {
            tenant: auth.tenant.id(),
            user: auth.actor.user().ok(),
        }
    }
}

/// Cost of a response in requests, above the request itself. Handlers insert it
/// into the response's extensions, and the middleware charges it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cost(pub(crate) u32);

/// Returns the number of further requests that a body of so many bytes counts as.
pub(crate) fn cost_of(bytes: usize) -> u32 {
    u32::try_from(bytes / limit::REQUEST_COST_BYTES).unwrap_or(u32::MAX)
}

/// Returns the announced length of the body in bytes; 0 without `Content-Length`.
pub(crate) fn announced_length(headers: &HeaderMap) -> usize {
    let text = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok());
    text.and_then(|text| text.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_body_costs_by_its_bytes_and_small_one_nothing() {
        assert_eq!(cost_of(limit::REQUEST_COST_BYTES - 1), 0);
        assert_eq!(cost_of(limit::BODY_BYTES), 64);
        let mut headers = HeaderMap::new();
        assert_eq!(announced_length(&headers), 0);
        headers.insert(CONTENT_LENGTH, "1048576".parse().unwrap());
        assert_eq!(announced_length(&headers), limit::BODY_BYTES);
    }
}
