use base::{Id, IdOrExternalId, Patch, Result};
use store::{Entity, TenantStore};

use super::{User, UserChanges, resolve, update};
use crate::actor::Actor;
use crate::media::{File, claim_avatar, release_avatar};

/// Shows an uploaded file as the avatar of a user. The file of the previous avatar is removed.
///
/// # Errors
/// 400 if the file cannot be used, 403 `forbidden` for another user, 404 `user_not_found`.
pub async fn set_avatar(
    tenant: &TenantStore,
    actor: Actor,
    named: &IdOrExternalId<User>,
    file: Id<File>,
) -> Result<Entity<User>> {
    let user = resolve(tenant, named).await?;
    actor.must_be(user.id, "Users can change only themselves.")?;
    let path = claim_avatar(tenant, actor, file, user.id.object_id(), Some(user.id)).await?;
    let changes = UserChanges {
        avatar_url: Patch::Set(path),
        ..UserChanges::default()
    };
    update(
        tenant,
        actor,
        &IdOrExternalId::Id(user.id),
        changes,
        None,
        false,
    )
    .await
}

/// Releases the file of an avatar that was replaced.
pub(super) async fn release_previous(
    tenant: &TenantStore,
    before: &User,
    after: &User,
) -> Result<()> {
    match &before.avatar_url {
        Some(url) if after.avatar_url != before.avatar_url => release_avatar(tenant, url).await,
        _ => Ok(()),
    }
}
