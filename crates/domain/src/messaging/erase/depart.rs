use base::{ErrorCode, Id, Result};
use store::{AppendError, Changes, Entity, TenantStore, Update};

use super::TRIES;
use crate::actor::Actor;
use crate::messaging::access::{Rule, open_id};
use crate::messaging::collections::Participant;
use crate::messaging::participant::{expel, is_last_owner, part_of};
use crate::users::User;

/// Ends up to `limit` parts of a user, of direct conversations too, each by a
/// record that the others see; where they are the last owner, another participant becomes owner
/// first. No message of theirs stands behind it. Answers how many there were.
pub(crate) async fn depart_some(
    tenant: &TenantStore,
    user: Id<User>,
    limit: usize,
) -> Result<usize> {
    let query = Participant::by_user
        .eq(Participant::user_id, user)
        .eq(Participant::is_active, true);
    let parts = tenant.list(query.limit(limit)).await?.items;
    for part in &parts {
        depart(tenant, part).await?;
    }
    Ok(parts.len())
}

async fn depart(tenant: &TenantStore, part: &Entity<Participant>) -> Result<()> {
    for _ in 0..TRIES {
        let access = match open_id(tenant, Actor::Server, part.conversation_id).await {
            Err(failure) if failure.code == ErrorCode::ConversationNotFound => {
                return close(tenant, part).await;
            }
            access => access?,
        };
        // Another request may have ended it meanwhile, or changed the role.
        let part = part_of(tenant, part.conversation_id, part.user_id).await?;
        let Some(part) = part.filter(|part| part.is_active) else {
            return Ok(());
        };
        match expel(tenant, &access, &part, Rule::Exist).await {
            Err(AppendError::Behind | AppendError::PreconditionFailed { .. }) => {}
            Err(error) if is_last_owner(&error) => {}
            Err(AppendError::Refused(failure))
                if failure.code == ErrorCode::ConversationNotFound =>
            {
                return close(tenant, &part).await;
            }
            Ok(()) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
    Err(AppendError::Behind.into())
}

/// Ends a part of a deleted conversation, whose log takes no more records.
async fn close(tenant: &TenantStore, part: &Entity<Participant>) -> Result<()> {
    let mut batch = tenant.batch();
    batch.update(
        part.id,
        Update::of(Changes::new().set(Participant::is_active, false)),
    );
    Ok(tenant.commit(batch).await?)
}
