use base::{Error, ErrorCode, Id, IdOrExternalId, Result, Timestamp, limit};
use store::{AppendError, Batch, Entity, TenantData, TenantStore};

use super::{Ban, TRIES, find, not_banned};
use crate::actor::Actor;
use crate::messaging::access::{Access, Rule, open};
use crate::messaging::collections::{Action, Conversation, Role};
use crate::messaging::participant::{
    expel_with, is_last_owner, look_again, part_of, refuse_direct, require_unchanged,
};
use crate::messaging::record::{append, ban};
use crate::users::{self, User};
use crate::validation;

/// A ban as it is asked for.
#[derive(Clone, Debug, Default)]
pub struct NewBan {
    /// When it ends by itself; never if absent.
    pub expires_at: Option<Timestamp>,
    /// Why; for those who may lift it.
    pub reason: Option<String>,
}

/// Bans a user from a group or channel, or changes their ban: an admin of it,
/// or the tenant's server; an owner only by an owner. Who takes part is
/// removed by the commit that bans them; if they are the last owner, another participant becomes
/// owner first.
///
/// # Errors
/// 400 out of bounds or for oneself, 403 `role_not_allowed` or
/// `not_a_participant`, 404, 409 `state_conflict` for a direct conversation,
/// 422 `limit_reached` beyond [`limit::CONVERSATION_BANS`].
pub async fn set(
    tenant: &TenantStore,
    actor: Actor,
    name: &IdOrExternalId<Conversation>,
    user: &IdOrExternalId<User>,
    new: NewBan,
) -> Result<Entity<Ban>> {
    check_new(&new, tenant.context().now())?;
    for _ in 0..TRIES {
        let access = open(tenant, actor, name).await?;
        access.require(Rule::Manage)?;
        refuse_direct(&access.conversation)?;
        let user = users::resolve(tenant, user).await?.id;
        if access.acting_user() == Some(user) {
            return Err(Error::invalid(
                "",
                "Nobody can ban themselves; leave the conversation instead.",
            ));
        }
        check_bound(tenant, access.conversation.id, user).await?;
        match attempt(tenant, &access, user, &new).await {
            Ok(Step::Removed)
            | Err(AppendError::PreconditionFailed { .. } | AppendError::Behind) => {}
            Err(error) if is_last_owner(&error) => {}
            Err(error) => return Err(error.into()),
            Ok(Step::Banned) => {
                return find(tenant, access.conversation.id, user)
                    .await?
                    .ok_or_else(not_banned);
            }
        }
    }
    Err(AppendError::Behind.into())
}

fn check_new(new: &NewBan, now: Timestamp) -> Result<()> {
    if let Some(reason) = &new.reason {
        validation::text("/reason", reason, limit::BAN_REASON_CHARACTERS)?;
    }
    match new.expires_at {
        Some(end) if end <= now || end > Ban::FOREVER => Err(Error::invalid(
            "/expires_at",
            "Expected a time in the future, before the year 10000.",
        )),
        _ => Ok(()),
    }
}

async fn check_bound(
    tenant: &TenantStore,
    conversation: Id<Conversation>,
    user: Id<User>,
) -> Result<()> {
    if find(tenant, conversation, user).await?.is_some() {
        return Ok(());
    }
    let all = Ban::by_conversation.eq(Ban::conversation_id, conversation);
    let counts = tenant
        .count_each(
            vec![all],
            limit::CONVERSATION_BANS,
            store::CountFilter::default(),
        )
        .await?;
    if counts
        .first()
        .is_some_and(|count| *count >= limit::CONVERSATION_BANS)
    {
        let told = format!(
            "The conversation has {} bans, which is the most.",
            limit::CONVERSATION_BANS
        );
        return Err(Error::new(ErrorCode::LimitReached, told));
    }
    Ok(())
}

/// What was done.
enum Step {
    /// The user took part: they are banned and removed, which is not told as a ban yet.
    Removed,
    /// They are banned.
    Banned,
}

async fn attempt(
    tenant: &TenantStore,
    access: &Access,
    user: Id<User>,
    new: &NewBan,
) -> Result<Step, AppendError> {
    let conversation = access.conversation.id;
    let part = part_of(tenant, conversation, user)
        .await
        .map_err(AppendError::Refused)?;
    let document = Ban {
        conversation_id: conversation,
        user_id: user,
        banned_by: access.acting_user(),
        reason: new.reason.clone(),
        expires_at: new.expires_at.unwrap_or(Ban::FOREVER),
    };
    let write = move |batch: &mut Batch<TenantData>| {
        batch.upsert(
            Ban::by_conversation,
            document.clone(),
            &["banned_by", "reason", "expires_at"],
            &[],
        );
    };
    if let Some(part) = part.filter(|part| part.is_active) {
        let rule = if part.role == Role::Owner {
            Rule::Own
        } else {
            Rule::Manage
        };
        access.require(rule).map_err(AppendError::Refused)?;
        expel_with(tenant, access, &part, rule, write).await?;
        return Ok(Step::Removed);
    }
    let handle = tenant.clone();
    let guard = access.guard(Rule::Manage, move |since| {
        // They may have come in meanwhile.
        require_unchanged(since, user)?;
        let mut batch = handle.batch();
        write(&mut batch);
        Ok(batch)
    });
    let record = ban(conversation, access.acting_user(), user, Action::Added);
    append(tenant, record, access.head, guard)
        .await
        .map(|_| Step::Banned)
        .map_err(look_again)
}
