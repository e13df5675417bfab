use base::{ErrorCode, Id, IdOrExternalId, Result, limit};
use store::{AppendError, Changes, Entity, Seq, TenantStore, Update};

use super::owners::{OtherOwners, ensure_other_owner, is_last_owner};
use super::{TRIES, part_of};
use crate::actor::Actor;
use crate::messaging::access::{Access, Rule, open_id};
use crate::messaging::collections::{Action, Conversation, Participant, Role};
use crate::messaging::record::{append, participant};
use crate::outbox::put;
use crate::users::{self, HandOver, User};

/// Deletes a user, and hands over what they own.
///
/// # Errors
/// 404 `user_not_found`, 503 when the store cannot write; the hand-over then follows by itself.
pub async fn delete_user(tenant: &TenantStore, named: &IdOrExternalId<User>) -> Result<()> {
    let user = users::delete(tenant, named).await?;
    hand_over(tenant, HandOver { user, after: None }).await
}

/// Hands over the conversations that a deleted user owns: another participant becomes owner where
/// there is no other, and the user a member. Does a bounded part and leaves the rest to the outbox;
/// done twice it does no harm.
///
/// # Errors
/// When the store cannot write.
pub async fn hand_over(tenant: &TenantStore, of: HandOver) -> Result<()> {
    let user = of.user;
    // An upsert may have brought the user back.
    if tenant.get(user).await?.is_some() {
        return Ok(());
    }
    let parts = Participant::by_user
        .eq(Participant::user_id, user)
        .eq(Participant::is_active, true);
    let query = match of.after {
        Some(after) => parts.above(Participant::conversation_id, Id::new(after)),
        None => parts,
    };
    let page = tenant.list(query.limit(limit::PAGE)).await?;
    for part in page.items.iter().filter(|part| part.role == Role::Owner) {
        hand_over_one(tenant, part.conversation_id, user).await?;
    }
    if let Some(last) = page.items.last().filter(|_| page.next.is_some()) {
        let mut batch = tenant.batch();
        put(
            &mut batch,
            &HandOver {
                user,
                after: Some(last.conversation_id.object_id()),
            },
        );
        tenant.commit(batch).await?;
    }
    Ok(())
}

async fn hand_over_one(
    tenant: &TenantStore,
    conversation: Id<Conversation>,
    user: Id<User>,
) -> Result<()> {
    for _ in 0..TRIES {
        let access = match open_id(tenant, Actor::Server, conversation).await {
            Err(failure) if failure.code == ErrorCode::ConversationNotFound => return Ok(()),
            access => access?,
        };
        let part = part_of(tenant, conversation, user).await?;
        let Some(part) = part.filter(|part| part.is_active && part.role == Role::Owner) else {
            return Ok(());
        };
        let handed = match ensure_other_owner(tenant, &access, user, Rule::Exist).await {
            Ok(()) => demote(tenant, &access, &part).await,
            error => error,
        };
        match handed {
            // With nobody to succeed them they stay the owner, in case they come back.
            Err(error) if is_last_owner(&error) => {
                if OtherOwners::read(tenant, conversation, user)
                    .await?
                    .is_alone()
                {
                    return Ok(());
                }
            }
            Err(AppendError::PreconditionFailed { .. } | AppendError::Behind) => {}
            Err(AppendError::Refused(failure))
                if failure.code == ErrorCode::ConversationNotFound =>
            {
                return Ok(());
            }
            Err(error) => return Err(error.into()),
            Ok(()) => return Ok(()),
        }
    }
    Err(AppendError::Behind.into())
}

/// Makes an owner a member, while there is another owner.
async fn demote(
    tenant: &TenantStore,
    access: &Access,
    part: &Entity<Participant>,
) -> Result<(), AppendError> {
    let id = part.conversation_id;
    let others = OtherOwners::read(tenant, id, part.user_id)
        .await
        .map_err(AppendError::Refused)?;
    let changes = Changes::new()
        .set(Participant::role, Role::Member)
        .set(Participant::changed_seq, Seq::Assigned);
    let update = Update::of(changes).expecting_version(part.version);
    let handle = tenant.clone();
    let part_id = part.id;
    let guard = access.guard(Rule::Exist, move |since| {
        others.require(since, false)?;
        let mut batch = handle.batch();
        batch.update(part_id, update.clone());
        Ok(batch)
    });
    let record = participant(id, None, part.user_id, Action::Updated, Role::Member);
    append(tenant, record, access.head, guard).await.map(drop)
}
