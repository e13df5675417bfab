use base::{Id, Named, Result};
use domain::users::{User, resolve};

use crate::extract::{Caller, own_user};

/// The two users that a path names, the first of whom must be the acting one
/// unless a server asks.
///
/// # Errors
/// 403 `forbidden`, 404 `user_not_found`.
pub(super) async fn named(caller: &Caller, user: &Named<User>, other: &Named<User>) -> Result<(Id<User>, Id<User>)> {
    let user = own_user(caller, user).await?;
    Ok((user, resolve(&caller.tenant, other).await?.id))
}
