use base::{Error, IdOrExternalId, Result, Timestamp, limit};
use store::TenantStore;

use super::{User, resolve};

/// Revokes the tokens of a user that were issued before a moment, or all
/// tokens issued until now if there is none. Returns the time from which a
/// token signed by the tenant must be issued to be accepted; a token that is
/// minted here afterwards is accepted at once. The moment never goes back.
///
/// # Errors
/// 404 `user_not_found`, 400 if the moment is in the future.
pub async fn revoke_tokens(
    tenant: &TenantStore,
    named: &IdOrExternalId<User>,
    before: Option<Timestamp>,
) -> Result<Timestamp> {
    let moment = past_moment(before, tenant.context().now())?;
    let user = resolve(tenant, named).await?;
    let mut batch = tenant.batch();
    batch.raise(user.id, User::tokens_revoked_before, moment);
    if before.is_none() {
        batch.increment(user.id, User::token_generation, 1, None);
    }
    tenant.commit(batch).await?;
    Ok(usable_from(
        user.tokens_revoked_before
            .map_or(moment, |earlier| earlier.max(moment)),
    ))
}

/// Returns the moment, or now; one in the future would revoke tokens that do not exist yet.
pub(crate) fn past_moment(before: Option<Timestamp>, now: Timestamp) -> Result<Timestamp> {
    match before {
        Some(before) if before > now => {
            Err(Error::invalid("/before", "must not lie in the future"))
        }
        before => Ok(before.unwrap_or(now)),
    }
}

/// Returns the first second in which a token signed by the tenant may be
/// issued after a revocation: until then the clock of the tenant may have been
/// ahead when it issued a token before.
pub(crate) const fn usable_from(revoked_before: Timestamp) -> Timestamp {
    let last = revoked_before.millis() + limit::signed(limit::CLOCK_SKEW_SECONDS) * 1_000;
    Timestamp::from_millis((last.div_euclid(1_000) + 1) * 1_000)
}
