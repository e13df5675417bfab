use base::{Id, IdOrExternalId, Result};
use domain::relationships::require_reachable;
use domain::users::{User, resolve};

use crate::extract::{Caller, own_user};

/// The two users that a path names, the first of whom must be the acting one
/// unless a server asks. A user who blocks the acting one is not there.
///
/// # Errors
/// 403 `forbidden`, 404 `user_not_found`.
pub(super) async fn named(
    caller: &Caller,
    user: &IdOrExternalId<User>,
    other: &IdOrExternalId<User>,
) -> Result<(Id<User>, Id<User>)> {
    let user = own_user(caller, user).await?;
    let other = resolve(&caller.tenant, other).await?.id;
    require_reachable(&caller.tenant, caller.actor, other).await?;
    Ok((user, other))
}
