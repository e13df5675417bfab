//! What a request costs beyond one: large bodies, batches, and pages that were
//! read in vain.

use axum::http::HeaderMap;
use axum::http::header::CONTENT_LENGTH;
use base::{Id, TenantId, limit};
use domain::auth::AuthContext;
use domain::users::User;

/// Whose quotas a request is taken from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Payer {
    /// The tenant.
    pub(crate) tenant: TenantId,
    /// The user who acts, if it is one.
    pub(crate) user: Option<Id<User>>,
}

impl Payer {
    /// Returns whose quotas the requests of a caller are taken from.
    pub(crate) fn of(caller: &AuthContext) -> Self {
        Self {
            tenant: caller.tenant.id(),
            user: caller.actor.user().ok(),
        }
    }
}

/// What a response cost beyond its request. Handlers put it among the
/// response's extensions, the envelope charges it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cost(pub(crate) u32);

/// Returns the requests that so many bytes count as, beyond the one that carries them.
pub(crate) fn cost_of(bytes: usize) -> u32 {
    u32::try_from(bytes / limit::REQUEST_COST_BYTES).unwrap_or(u32::MAX)
}

/// Returns the bytes of the body, as far as the head of the request says.
pub(crate) fn length(headers: &HeaderMap) -> usize {
    let text = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok());
    text.and_then(|text| text.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_body_is_part_of_its_request_and_a_large_one_counts_by_its_bytes() {
        assert_eq!(cost_of(limit::REQUEST_COST_BYTES - 1), 0);
        assert_eq!(cost_of(limit::BODY_BYTES), 64);
        let mut headers = HeaderMap::new();
        assert_eq!(length(&headers), 0);
        headers.insert(CONTENT_LENGTH, "1048576".parse().unwrap());
        assert_eq!(length(&headers), limit::BODY_BYTES);
    }
}
