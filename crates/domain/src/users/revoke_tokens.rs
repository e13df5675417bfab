use base::{Failure, Named, Result, Timestamp};
use store::Tenant;

use super::{User, resolve};

/// Refuses all tokens of a user that were issued before the moment, now when
/// none is given. A token tells its time in whole seconds, so one issued in the
/// second of the moment counts as before it. The moment never goes back.
///
/// # Errors
/// 404 `user_not_found`, 400 when the moment lies ahead.
pub async fn revoke_tokens(tenant: &Tenant, named: &Named<User>, before: Option<Timestamp>) -> Result<()> {
    let before = past_moment(before, tenant.context().now())?;
    let user = resolve(tenant, named).await?;
    let mut batch = tenant.batch();
    batch.raise(user.id, User::tokens_revoked_before, before);
    Ok(tenant.commit(batch).await?)
}

/// The moment, or now; one ahead would refuse tokens that are yet to come.
pub(crate) fn past_moment(before: Option<Timestamp>, now: Timestamp) -> Result<Timestamp> {
    match before {
        Some(before) if before > now => Err(Failure::invalid("/before", "must not lie in the future")),
        before => Ok(before.unwrap_or(now)),
    }
}
