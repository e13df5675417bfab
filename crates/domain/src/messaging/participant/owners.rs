//! Roles and ownership: a conversation with an owner always keeps one, as long as it has a possible
//! successor.

use std::collections::BTreeSet;

use base::{Error, ErrorCode, Id, IdOrExternalId, Result, limit};
use store::{AppendError, Changes, Entity, Row, Seq, TenantStore, Update};

use super::{MAX_ATTEMPTS, not_found, part_of, require_not_direct};
use crate::actor::Actor;
use crate::messaging::access::{Access, open, open_id};
use crate::messaging::collections::{Action, Conversation, Message, Participant, RecordKind, Role};
use crate::messaging::permissions::Rule;
use crate::messaging::record::{append, participant};
use crate::outbox::put;
use crate::users::{self, HandOver, User};

/// The owners of a conversation other than one user, as of a record.
#[derive(Clone, Debug)]
pub(super) struct OtherOwners {
    user: Id<User>,
    owners: BTreeSet<Id<User>>,
    /// The participant who becomes owner; read only if there is no other owner.
    successor: Option<Entity<Participant>>,
    /// Whether no other participant can become owner.
    alone: bool,
}

impl OtherOwners {
    /// Reads the owners. The head that a guard begins with must be read before.
    ///
    /// # Errors
    /// When the store is unavailable.
    pub(super) async fn read(
        tenant: &TenantStore,
        conversation: Id<Conversation>,
        user: Id<User>,
    ) -> Result<Self> {
        let owners = tenant
            .list(with_role(conversation, Role::Owner).limit(limit::PAGE))
            .await?
            .items;
        let owners: BTreeSet<_> = owners
            .iter()
            .map(|member| member.user_id)
            .filter(|owner| *owner != user)
            .collect();
        let successor = if owners.is_empty() {
            successor(tenant, conversation, user).await?
        } else {
            None
        };
        let alone = owners.is_empty() && successor.is_none();
        Ok(Self {
            user,
            owners,
            successor,
            alone,
        })
    }

    /// Returns whether no other participant can become owner.
    pub(super) const fn is_alone(&self) -> bool {
        self.alone
    }

    /// Requires another owner as of these records. With `may_be_alone`, a user without a possible
    /// successor passes.
    ///
    /// # Errors
    /// 409 `last_owner`.
    pub(super) fn require(&self, since: &[&Row], may_be_alone: bool) -> Result<()> {
        let mut owners = self.owners.clone();
        let mut alone = self.alone;
        for row in since
            .iter()
            .filter(|row| row.read(Message::kind) == Some(RecordKind::Participant))
        {
            let Some(user) = row.read(Message::user_id).filter(|user| *user != self.user) else {
                continue;
            };
            let action = row.read(Message::action);
            alone &= action != Some(Action::Added);
            if action != Some(Action::Removed) && row.read(Message::role) == Some(Role::Owner) {
                owners.insert(user);
            } else {
                owners.remove(&user);
            }
        }
        if owners.is_empty() && !(alone && may_be_alone) {
            Err(last_owner())
        } else {
            Ok(())
        }
    }
}

fn last_owner() -> Error {
    Error::new(
        ErrorCode::LastOwner,
        "The user is the last owner of the conversation; make another participant owner first.",
    )
}

/// Returns whether an append failed because the user is the last owner.
pub(in crate::messaging) fn is_last_owner(error: &AppendError) -> bool {
    matches!(error, AppendError::Refused(failure) if failure.code == ErrorCode::LastOwner)
}

/// Makes another participant owner by a log record if the user is the only owner: the admin with
/// the longest membership, otherwise the member.
///
/// # Errors
/// The error of `rule`; [`AppendError::PreconditionFailed`] and [`AppendError::Behind`] if the
/// caller should retry.
pub(super) async fn ensure_other_owner(
    tenant: &TenantStore,
    access: &Access,
    user: Id<User>,
    rule: Rule,
) -> Result<(), AppendError> {
    let others = OtherOwners::read(tenant, access.conversation.id, user)
        .await
        .map_err(AppendError::Refused)?;
    let Some(successor) = others.successor else {
        return Ok(());
    };
    let changes = Changes::new()
        .set(Participant::role, Role::Owner)
        .set(Participant::changed_seq, Seq::Assigned);
    let update = Update::of(changes).expecting_version(successor.version);
    let handle = tenant.clone();
    let id = successor.id;
    let guard = access.guard(rule, move |_| {
        let mut batch = handle.batch();
        batch.update(id, update.clone());
        Ok(batch)
    });
    let by = access.acting_user();
    let record = participant(
        access.conversation.id,
        by,
        successor.user_id,
        Action::Updated,
        Role::Owner,
    );
    append(tenant, record, access.head, guard).await.map(drop)
}

/// Returns the participant who would become owner after the user. Deleted users cannot.
async fn successor(
    tenant: &TenantStore,
    conversation: Id<Conversation>,
    user: Id<User>,
) -> Result<Option<Entity<Participant>>> {
    for role in [Role::Admin, Role::Member] {
        let mut after = None;
        loop {
            let page = tenant
                .list(
                    with_role(conversation, role)
                        .limit(limit::PAGE)
                        .after(after),
                )
                .await?;
            let ids: Vec<_> = page.items.iter().map(|member| member.user_id).collect();
            let present: BTreeSet<_> = tenant
                .get_many::<User>(&ids)
                .await?
                .iter()
                .map(|user| user.id)
                .collect();
            let mut candidates = page.items.into_iter();
            let found = candidates
                .find(|member| member.user_id != user && present.contains(&member.user_id));
            if found.is_some() {
                return Ok(found);
            }
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
    }
    Ok(None)
}

/// Returns the query for current participants with a role, longest membership first.
fn with_role(conversation: Id<Conversation>, role: Role) -> store::Query<Participant> {
    Participant::by_role
        .eq(Participant::conversation_id, conversation)
        .eq(Participant::is_active, true)
        .eq(Participant::role, role)
}

/// Changes a participant's role. Requires an admin; to grant or revoke the role owner, an owner.
/// The tenant's server may do both.
///
/// # Errors
/// 403 `role_not_allowed` or `not_a_participant`, 404 `conversation_not_found` or
/// `participant_not_found`, 409 `state_conflict` for a direct conversation, 409 `last_owner` for
/// the last owner.
pub async fn set_role(
    tenant: &TenantStore,
    actor: Actor,
    name: &IdOrExternalId<Conversation>,
    user: &IdOrExternalId<User>,
    role: Role,
) -> Result<Entity<Participant>> {
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
        if member.role == role {
            return Ok(member);
        }
        match attempt_set_role(tenant, &access, &member, role).await {
            Err(AppendError::PreconditionFailed { .. } | AppendError::Behind) => {}
            Err(error) => return Err(error.into()),
            Ok(()) => {
                return part_of(tenant, member.conversation_id, member.user_id)
                    .await?
                    .ok_or_else(not_found);
            }
        }
    }
    Err(AppendError::Behind.into())
}

async fn attempt_set_role(
    tenant: &TenantStore,
    access: &Access,
    member: &Entity<Participant>,
    role: Role,
) -> Result<(), AppendError> {
    let rule = if Role::Owner == role || Role::Owner == member.role {
        Rule::Own
    } else {
        Rule::Manage
    };
    access.require(rule).map_err(AppendError::Refused)?;
    let changes = Changes::new()
        .set(Participant::role, role)
        .set(Participant::changed_seq, Seq::Assigned);
    let update = Update::of(changes).expecting_version(member.version);
    let others = match member.role {
        Role::Owner => OtherOwners::read(tenant, member.conversation_id, member.user_id)
            .await
            .map(Some),
        Role::Admin | Role::Member => Ok(None),
    };
    let others = others.map_err(AppendError::Refused)?;
    let handle = tenant.clone();
    let id = member.id;
    let guard = access.guard(rule, move |since| {
        if let Some(others) = &others {
            others.require(since, false)?;
        }
        let mut batch = handle.batch();
        batch.update(id, update.clone());
        Ok(batch)
    });
    let record = participant(
        member.conversation_id,
        access.acting_user(),
        member.user_id,
        Action::Updated,
        role,
    );
    append(tenant, record, access.head, guard).await.map(drop)
}

/// Deletes a user and transfers the conversations they own.
///
/// # Errors
/// 404 `user_not_found`; 503 if the store is unavailable, the outbox then completes the transfer.
pub async fn delete_user(tenant: &TenantStore, named: &IdOrExternalId<User>) -> Result<()> {
    let user = users::delete(tenant, named).await?;
    hand_over(tenant, HandOver { user, after: None }).await
}

/// Transfers the conversations that a deleted user owns: another participant becomes owner if there
/// is no other, and the user becomes a member. Processes a bounded batch and leaves the rest to the
/// outbox. Idempotent.
///
/// # Errors
/// When the store is unavailable.
pub async fn hand_over(tenant: &TenantStore, of: HandOver) -> Result<()> {
    let user = of.user;
    // A concurrent upsert may have restored the user.
    if tenant.get(user).await?.is_some() {
        return Ok(());
    }
    let members = Participant::by_user
        .eq(Participant::user_id, user)
        .eq(Participant::is_active, true);
    let query = match of.after {
        Some(after) => members.above(Participant::conversation_id, Id::new(after)),
        None => members,
    };
    let page = tenant.list(query.limit(limit::PAGE)).await?;
    for member in page
        .items
        .iter()
        .filter(|member| member.role == Role::Owner)
    {
        hand_over_one(tenant, member.conversation_id, user).await?;
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
    for _ in 0..MAX_ATTEMPTS {
        let access = match open_id(tenant, Actor::Server, conversation).await {
            Err(failure) if failure.code == ErrorCode::ConversationNotFound => return Ok(()),
            access => access?,
        };
        let member = part_of(tenant, conversation, user).await?;
        let Some(member) = member.filter(|member| member.is_active && member.role == Role::Owner)
        else {
            return Ok(());
        };
        let handed = match ensure_other_owner(tenant, &access, user, Rule::Exist).await {
            Ok(()) => demote(tenant, &access, &member).await,
            error => error,
        };
        match handed {
            // Without a successor, the user stays owner in case they are restored.
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

/// Demotes an owner to member if there is another owner.
async fn demote(
    tenant: &TenantStore,
    access: &Access,
    member: &Entity<Participant>,
) -> Result<(), AppendError> {
    let id = member.conversation_id;
    let others = OtherOwners::read(tenant, id, member.user_id)
        .await
        .map_err(AppendError::Refused)?;
    let changes = Changes::new()
        .set(Participant::role, Role::Member)
        .set(Participant::changed_seq, Seq::Assigned);
    let update = Update::of(changes).expecting_version(member.version);
    let handle = tenant.clone();
    let part_id = member.id;
    let guard = access.guard(Rule::Exist, move |since| {
        others.require(since, false)?;
        let mut batch = handle.batch();
        batch.update(part_id, update.clone());
        Ok(batch)
    });
    let record = participant(id, None, member.user_id, Action::Updated, Role::Member);
    append(tenant, record, access.head, guard).await.map(drop)
}
