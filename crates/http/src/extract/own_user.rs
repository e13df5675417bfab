use base::{Error, ErrorCode, Id, IdOrExternalId, Result};
use domain::Actor;
use domain::users::{User, resolve};

use super::Caller;

/// The user that a path names: the acting one, or any for the tenant's server.
///
/// # Errors
/// 403 `forbidden` for another user's, 404 `user_not_found`.
pub(crate) async fn own_user(caller: &Caller, name: &IdOrExternalId<User>) -> Result<Id<User>> {
    let user = resolve(&caller.tenant, name).await?.id;
    match caller.actor {
        Actor::User(acting) if acting != user => Err(Error::new(
            ErrorCode::Forbidden,
            "A user can do this for themselves only.",
        )),
        Actor::User(_) | Actor::Server => Ok(user),
    }
}
