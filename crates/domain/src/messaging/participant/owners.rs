//! Who owns a conversation: one that has an owner keeps one, as long as somebody can be it.

use std::collections::BTreeSet;

use base::{Error, ErrorCode, Id, Result, limit};
use store::{AppendError, Changes, Entity, Row, Seq, TenantStore, Update};

use crate::messaging::access::{Access, Rule};
use crate::messaging::collections::{Action, Conversation, Message, Participant, RecordKind, Role};
use crate::messaging::record::{append, participant};
use crate::users::User;

/// The owners of a conversation other than one user, as of a record.
#[derive(Clone, Debug)]
pub(super) struct OtherOwners {
    user: Id<User>,
    owners: BTreeSet<Id<User>>,
    /// Who becomes owner if there is none; looked for only then.
    successor: Option<Entity<Participant>>,
    /// Whether no other user is left who could become owner.
    alone: bool,
}

impl OtherOwners {
    /// Reads the owners. The head that a guard begins with must be read before.
    ///
    /// # Errors
    /// When the store cannot answer.
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
            .map(|part| part.user_id)
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

    /// Whether no other user is left who could become owner.
    pub(super) const fn is_alone(&self) -> bool {
        self.alone
    }

    /// Rejects that the user stops being an owner while no other is one, as of these records. If
    /// `may_be_alone`, a user whom nobody can succeed is let go.
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

/// Whether an append failed because the user is the last owner.
pub(in crate::messaging) fn is_last_owner(error: &AppendError) -> bool {
    matches!(error, AppendError::Refused(failure) if failure.code == ErrorCode::LastOwner)
}

/// Makes another participant an owner by a record of the log if the conversation has no owner other
/// than the user: the admin who takes part for the longest time, or else the member.
///
/// # Errors
/// What `rule` refuses with; [`AppendError::PreconditionFailed`] and [`AppendError::Behind`] to be tried again.
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

/// The participant who would be owner after the user: deleted users cannot.
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
            let ids: Vec<_> = page.items.iter().map(|part| part.user_id).collect();
            let present: BTreeSet<_> = tenant
                .get_many::<User>(&ids)
                .await?
                .iter()
                .map(|user| user.id)
                .collect();
            let mut candidates = page.items.into_iter();
            let found =
                candidates.find(|part| part.user_id != user && present.contains(&part.user_id));
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

/// Those who take part with a role now, who joined first at first.
fn with_role(conversation: Id<Conversation>, role: Role) -> store::Query<Participant> {
    Participant::by_role
        .eq(Participant::conversation_id, conversation)
        .eq(Participant::is_active, true)
        .eq(Participant::role, role)
}
