use base::{Code, Failure, Named, Result};
use store::{Entity, Tenant, Update};

use super::changes::{difference, email_taken};
use super::{User, UserChanges, not_found, resolve};
use crate::Actor;

/// Changes the given fields of a user, if they have the version that the
/// caller saw, when one is given. A user may change their own name, picture
/// and metadata; a server everything.
///
/// # Errors
/// 403 `forbidden`, 404 `user_not_found`, 409 `version_conflict` or
/// `email_taken`, 400 with the wrong places.
pub async fn update(
    tenant: &Tenant,
    actor: Actor,
    named: &Named<User>,
    changes: UserChanges,
    version: Option<i64>,
) -> Result<Entity<User>> {
    let changes = changes.checked()?;
    let user = resolve(tenant, named).await?;
    if let Actor::User(actor) = actor {
        permit(actor == user.id, &changes)?;
    }
    if let Some(version) = version
        && version != user.version
    {
        let told = "The user has changed since it was read; read it again and retry.";
        return Err(Failure::new(Code::VersionConflict, told).with_current_version(user.version));
    }
    let mut doc = user.doc.clone();
    changes.apply(&mut doc);
    let difference = difference(&user, &doc);
    if difference.is_empty() {
        return Ok(user);
    }
    let mut batch = tenant.batch();
    // Lists are merged here, so what they were merged with must still stand.
    batch.update(user.id, Update::of(difference).expecting_version(user.version));
    let committed = tenant.commit(batch).await;
    committed.map_err(|error| email_taken(&error, "").unwrap_or_else(|| error.into()))?;
    tenant.get(user.id).await?.ok_or_else(not_found)
}

fn permit(own: bool, changes: &UserChanges) -> Result<()> {
    if !own {
        return Err(Failure::new(Code::Forbidden, "A user can change only themselves."));
    }
    if !changes.are_a_users_own() {
        let told = "A user can change their name, picture and metadata; the rest is their server's.";
        return Err(Failure::new(Code::Forbidden, told));
    }
    Ok(())
}
