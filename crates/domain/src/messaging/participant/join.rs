use base::{Error, ErrorCode, IdOrExternalId, Result};
use store::{Entity, TenantStore};

use super::add::enter;
use super::blocks::check_join;
use super::check_quota;
use crate::actor::Actor;
use crate::messaging::access::{Rule, open};
use crate::messaging::collections::{Conversation, Participant, Role, Visibility};

/// Makes the acting user take part in a public channel.
///
/// # Errors
/// 403 `forbidden` where one has to be invited, `user_banned` or
/// `user_blocked`, 404, 422 `limit_reached`.
pub async fn join(
    tenant: &TenantStore,
    actor: Actor,
    name: &IdOrExternalId<Conversation>,
) -> Result<Entity<Participant>> {
    let user = actor.user()?;
    let access = open(tenant, actor, name).await?;
    if let Some(part) = access.part.filter(|part| part.is_active) {
        return Ok(part);
    }
    if access.conversation.visibility != Some(Visibility::Public) {
        return Err(Error::new(
            ErrorCode::Forbidden,
            "Only a public channel can be joined; others need an invitation.",
        ));
    }
    check_join(tenant, &access.conversation, user).await?;
    check_quota(tenant, &[user]).await?;
    enter(
        tenant,
        actor,
        access.conversation.id,
        user,
        Role::Member,
        Rule::Exist,
    )
    .await
}
