use base::{Direction, Id, Named, PageSize, Result, limit};
use store::{Entity, Page, Position, Tenant};

use crate::actor::Actor;
use crate::messaging::access::open;
use crate::messaging::collections::{Conversation, Participant};
use crate::users::User;

/// Who takes part in a conversation, for who may read it.
///
/// # Errors
/// 403 `not_a_participant`, 404 `conversation_not_found`.
pub async fn list(
    tenant: &Tenant,
    actor: Actor,
    name: &Named<Conversation>,
    after: Option<Position>,
    direction: Direction,
    size: PageSize,
) -> Result<Page<Participant>> {
    let access = open(tenant, actor, name).await?;
    access.readable()?;
    let query = Participant::by_conversation
        .eq(Participant::conversation_id, access.conversation.id)
        .eq(Participant::is_active, true);
    Ok(tenant.list(query.towards(direction).after(after).limit(size.get())).await?)
}

/// The parts that a user takes in conversations now, by one statement.
///
/// # Errors
/// When the store cannot answer.
pub async fn parts(tenant: &Tenant, user: Id<User>) -> Result<Vec<Entity<Participant>>> {
    let query = Participant::by_user.eq(Participant::user_id, user).eq(Participant::is_active, true);
    Ok(tenant.list(query.limit(limit::USER_CONVERSATIONS)).await?.items)
}
