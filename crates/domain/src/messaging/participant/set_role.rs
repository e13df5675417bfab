use base::{IdOrExternalId, Result};
use store::{AppendError, Changes, Entity, Seq, TenantStore, Update};

use super::owners::OtherOwners;
use super::{TRIES, not_found, part_of, refuse_direct};
use crate::actor::Actor;
use crate::messaging::access::{Access, Rule, open};
use crate::messaging::collections::{Action, Conversation, Participant, Role};
use crate::messaging::record::{append, participant};
use crate::users::{self, User};

/// Gives a participant another role: an admin; to or from owner, an owner.
/// The tenant's server may do both.
///
/// # Errors
/// 403 `role_not_allowed` or `not_a_participant`, 404
/// `conversation_not_found` or `participant_not_found`, 409 `state_conflict` for a direct one, 409
/// `last_owner` for the last owner.
pub async fn set_role(
    tenant: &TenantStore,
    actor: Actor,
    name: &IdOrExternalId<Conversation>,
    user: &IdOrExternalId<User>,
    role: Role,
) -> Result<Entity<Participant>> {
    for _ in 0..TRIES {
        let access = open(tenant, actor, name).await?;
        access.require(Rule::Manage)?;
        refuse_direct(&access.conversation)?;
        let user = users::resolve(tenant, user)
            .await
            .map_err(|_| not_found())?;
        let part = part_of(tenant, access.conversation.id, user.id).await?;
        let part = part.filter(|part| part.is_active).ok_or_else(not_found)?;
        if part.role == role {
            return Ok(part);
        }
        match attempt(tenant, &access, &part, role).await {
            Err(AppendError::PreconditionFailed { .. } | AppendError::Behind) => {}
            Err(error) => return Err(error.into()),
            Ok(()) => {
                return part_of(tenant, part.conversation_id, part.user_id)
                    .await?
                    .ok_or_else(not_found);
            }
        }
    }
    Err(AppendError::Behind.into())
}

async fn attempt(
    tenant: &TenantStore,
    access: &Access,
    part: &Entity<Participant>,
    role: Role,
) -> Result<(), AppendError> {
    let rule = if Role::Owner == role || Role::Owner == part.role {
        Rule::Own
    } else {
        Rule::Manage
    };
    access.require(rule).map_err(AppendError::Refused)?;
    let changes = Changes::new()
        .set(Participant::role, role)
        .set(Participant::changed_seq, Seq::Assigned);
    let update = Update::of(changes).expecting_version(part.version);
    let others = match part.role {
        Role::Owner => OtherOwners::read(tenant, part.conversation_id, part.user_id)
            .await
            .map(Some),
        Role::Admin | Role::Member => Ok(None),
    };
    let others = others.map_err(AppendError::Refused)?;
    let handle = tenant.clone();
    let id = part.id;
    let guard = access.guard(rule, move |since| {
        if let Some(others) = &others {
            others.require(since, false)?;
        }
        let mut batch = handle.batch();
        batch.update(id, update.clone());
        Ok(batch)
    });
    let record = participant(
        part.conversation_id,
        access.acting_user(),
        part.user_id,
        Action::Updated,
        role,
    );
    append(tenant, record, access.head, guard).await.map(drop)
}
