use base::{Id, Result};
use store::Tenant;

use crate::actor::Actor;
use crate::relationships::{blocked_among, refused};
use crate::users::User;

/// A user does not bring in who blocks them or whom they block; a server does.
///
/// # Errors
/// 403 `user_blocked`.
pub(in crate::messaging) async fn check_blocks(tenant: &Tenant, actor: Actor, invited: &[Id<User>]) -> Result<()> {
    let Actor::User(user) = actor else { return Ok(()) };
    let others: Vec<_> = invited.iter().copied().filter(|other| *other != user).collect();
    if blocked_among(tenant, user, &others).await?.is_empty() { Ok(()) } else { Err(refused()) }
}
