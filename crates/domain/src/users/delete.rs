use base::{Named, Result};
use store::{Changes, CommitError, Tenant, Update};

use super::{User, not_found, resolve};

/// Puts a user out of sight. They stay the author of what they wrote and keep
/// their external id, under which an upsert brings them back; their e-mail
/// address is free for another.
///
/// # Errors
/// 404 `user_not_found`.
pub async fn delete(tenant: &Tenant, named: &Named<User>) -> Result<()> {
    let user = resolve(tenant, named).await?;
    let mut batch = tenant.batch();
    let changes = Changes::new().clear(User::email).clear(User::email_key);
    batch.update(user.id, Update::of(changes).deleting(None));
    match tenant.commit(batch).await {
        Err(CommitError::Stale { .. }) => Err(not_found()),
        committed => Ok(committed?),
    }
}
