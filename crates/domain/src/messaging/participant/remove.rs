use base::{IdOrExternalId, Result};
use serde_json::json;
use store::{AppendError, Batch, Changes, Entity, Seq, TenantData, TenantStore, Update};

use super::owners::{OtherOwners, ensure_other_owner, is_last_owner};
use super::{MAX_ATTEMPTS, not_found, part_of, require_not_direct};
use crate::activities::{What, note};
use crate::actor::Actor;
use crate::messaging::access::{Access, open};
use crate::messaging::collections::{Action, Conversation, Participant, Role};
use crate::messaging::permissions::Rule;
use crate::messaging::record::{append, participant};
use crate::user_log::{UserEvent, tell};
use crate::users::{self, User};

/// Removes a user from a group or channel. Requires an admin or the tenant's server; removing an
/// owner requires an owner. The user can still read up to the removal. If they are the last owner,
/// another participant becomes owner first.
///
/// # Errors
/// 403 `role_not_allowed` or `not_a_participant`, 404 `conversation_not_found` or
/// `participant_not_found`, 409 `state_conflict` for a direct conversation, 409 `last_owner` if the
/// actor removes themselves.
pub async fn remove(
    tenant: &TenantStore,
    actor: Actor,
    name: &IdOrExternalId<Conversation>,
    user: &IdOrExternalId<User>,
) -> Result<()> {
    for _ in 0..MAX_ATTEMPTS {
        let access = open(tenant, actor, name).await?;
        access.require(Rule::Manage)?;
        require_not_direct(&access.conversation)?;
        let user = users::resolve(tenant, user)
            .await
            .map_err(|_| not_found())?;
        let member = part_of(tenant, access.conversation.id, user.id).await?;
        let member = member
            .filter(|member| member.is_active)
            .ok_or_else(not_found)?;
        let rule = if member.role == Role::Owner {
            Rule::Own
        } else {
            Rule::Manage
        };
        access.require(rule)?;
        let own = access.acting_user() == Some(member.user_id);
        let removed = if own {
            end(tenant, &access, &member, rule).await
        } else {
            expel(tenant, &access, &member, rule).await
        };
        match removed {
            Err(AppendError::PreconditionFailed { .. } | AppendError::Behind) => {}
            Err(error) if !own && is_last_owner(&error) => {}
            Err(error) => return Err(error.into()),
            Ok(()) => return Ok(()),
        }
    }
    Err(AppendError::Behind.into())
}

/// Ends a user's membership; if they are the last owner, another participant becomes owner first.
/// Fails with `last_owner` if that is undone concurrently.
pub(in crate::messaging) async fn expel(
    tenant: &TenantStore,
    access: &Access,
    member: &Entity<Participant>,
    rule: Rule,
) -> Result<(), AppendError> {
    expel_with(tenant, access, member, rule, |_| ()).await
}

/// Ends a membership as [`expel`] does, with additional writes in the same commit.
pub(in crate::messaging) async fn expel_with(
    tenant: &TenantStore,
    access: &Access,
    member: &Entity<Participant>,
    rule: Rule,
    also: impl Fn(&mut Batch<TenantData>) + Send + Sync + 'static,
) -> Result<(), AppendError> {
    if member.role == Role::Owner {
        ensure_other_owner(tenant, access, member.user_id, rule).await?;
    }
    end_with(tenant, access, member, rule, also).await
}

/// Ends a user's membership, unless they are the last owner at the head.
pub(super) async fn end(
    tenant: &TenantStore,
    access: &Access,
    member: &Entity<Participant>,
    rule: Rule,
) -> Result<(), AppendError> {
    end_with(tenant, access, member, rule, |_| ()).await
}

async fn end_with(
    tenant: &TenantStore,
    access: &Access,
    member: &Entity<Participant>,
    rule: Rule,
    also: impl Fn(&mut Batch<TenantData>) + Send + Sync + 'static,
) -> Result<(), AppendError> {
    let others = match member.role {
        Role::Owner => OtherOwners::read(tenant, member.conversation_id, member.user_id)
            .await
            .map(Some),
        Role::Admin | Role::Member => Ok(None),
    };
    let others = others.map_err(AppendError::Refused)?;
    let record = participant(
        member.conversation_id,
        access.acting_user(),
        member.user_id,
        Action::Removed,
        member.role,
    );
    let handle = tenant.clone();
    let member = member.clone();
    let guard = access.guard(rule, move |since| {
        if let Some(others) = &others {
            others.require(since, true)?;
        }
        let mut batch = removal_batch(&handle, &member);
        also(&mut batch);
        Ok(batch)
    });
    append(tenant, record, access.head, guard).await.map(drop)
}

fn removal_batch(tenant: &TenantStore, member: &Entity<Participant>) -> Batch<TenantData> {
    let changes = Changes::new()
        .set(Participant::is_active, false)
        .set(Participant::left_seq, Seq::Assigned)
        .set(Participant::changed_seq, Seq::Assigned);
    let mut batch = tenant.batch();
    // Fails if the user has become owner concurrently.
    batch.update(
        member.id,
        Update::of(changes).expecting_version(member.version),
    );
    batch.increment(
        member.conversation_id,
        Conversation::participant_count,
        -1,
        None,
    );
    note(
        &mut batch,
        Some(member.user_id),
        What::Left,
        None,
        &json!({"conversation_id": member.conversation_id}),
    );
    tell(
        &mut batch,
        member.user_id,
        UserEvent::ConversationLeft {
            conversation_id: member.conversation_id.object_id(),
        },
    );
    batch
}

/// Removes the acting user from a group or channel.
///
/// # Errors
/// 403 `not_a_participant`, 404, 409 `state_conflict` for a direct conversation, 409 `last_owner`
/// for the last owner while there are other participants.
pub async fn leave(
    tenant: &TenantStore,
    actor: Actor,
    name: &IdOrExternalId<Conversation>,
) -> Result<()> {
    for _ in 0..MAX_ATTEMPTS {
        let access = open(tenant, actor, name).await?;
        access.require(Rule::Participate)?;
        require_not_direct(&access.conversation)?;
        let member = access.member.clone().ok_or_else(not_found)?;
        match end(tenant, &access, &member, Rule::Participate).await {
            Err(AppendError::PreconditionFailed { .. } | AppendError::Behind) => {}
            Err(error) => return Err(error.into()),
            Ok(()) => return Ok(()),
        }
    }
    Err(AppendError::Behind.into())
}
