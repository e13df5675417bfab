use std::collections::HashMap;

use base::{Id, Result};
use store::{Entity, TenantStore};

use super::Preferences;
use crate::Actor;
use crate::users::{User, companion, companions};

/// The preferences of a user who is there; made when they are missing. They
/// are the user's and their server's to read.
///
/// # Errors
/// 403 `forbidden`, 503 when the store cannot answer or write.
pub async fn get(
    tenant: &TenantStore,
    actor: Actor,
    user: Id<User>,
) -> Result<Entity<Preferences>> {
    permit(actor, user)?;
    companion(tenant, user).await
}

/// The preferences of users who are there, by one statement when none is
/// missing.
///
/// # Errors
/// 403 `forbidden` when one of them is not the actor's to read, 503.
pub async fn get_many(
    tenant: &TenantStore,
    actor: Actor,
    users: &[Id<User>],
) -> Result<HashMap<Id<User>, Entity<Preferences>>> {
    users.iter().try_for_each(|user| permit(actor, *user))?;
    companions(tenant, users).await
}

fn permit(actor: Actor, user: Id<User>) -> Result<()> {
    actor.must_be(user, "A user can read only their own preferences.")
}
