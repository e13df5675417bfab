//! Retention rules: how long messages are kept, and legal holds.

mod run;
#[cfg(test)]
mod tests;

pub use crate::holds::{Rule, Subject};
pub use run::RetentionJob;

use base::{Error, ErrorCode, Id, ObjectId, Result, TenantId, limit};
use store::{Batch, Changes, CommitError, Entity, TenantData, TenantStore, Update};

use crate::holds::{self, Holds, none};
use crate::messaging::{Conversation, Participant};
use crate::users::User;

/// The subject of a retention rule.
#[derive(Debug, Clone, Copy)]
pub enum RetentionSubject {
    /// The tenant.
    Tenant(TenantId),
    /// A conversation.
    Conversation(Id<Conversation>),
    /// A user.
    User(Id<User>),
}

impl RetentionSubject {
    fn id(self) -> Id<Rule> {
        let id: ObjectId = match self {
            Self::Tenant(tenant) => tenant.object_id(),
            Self::Conversation(conversation) => conversation.object_id(),
            Self::User(user) => user.object_id(),
        };
        Id::new(id)
    }

    const fn kind(self) -> Subject {
        match self {
            Self::Tenant(_) => Subject::Tenant,
            Self::Conversation(_) => Subject::Conversation,
            Self::User(_) => Subject::User,
        }
    }
}

/// Returns a rule; a default with version 0 if none is set.
///
/// # Errors
/// When the store is unavailable.
pub async fn get(tenant: &TenantStore, subject: RetentionSubject) -> Result<Entity<Rule>> {
    holds::get(tenant, subject.id(), subject.kind()).await
}

/// Returns a rule, creating it if it does not exist.
pub(super) async fn get_or_create(
    tenant: &TenantStore,
    subject: RetentionSubject,
) -> Result<Entity<Rule>> {
    holds::get_or_create(tenant, subject.id(), subject.kind()).await
}

/// Maximum attempts when other writers conflict.
const MAX_ATTEMPTS: usize = 5;

/// Input of [`set`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Days after which messages are redacted; unlimited if absent.
    pub days: Option<i64>,
    /// Whether redaction and erasure are prohibited.
    pub legal_hold: bool,
}

/// Replaces a rule. Retention applies the new rule immediately. A legal hold keeps all data that
/// exists when this function returns, even from a running step.
///
/// # Errors
/// 400 if days are out of range or set for a user.
pub async fn set(
    tenant: &TenantStore,
    subject: RetentionSubject,
    wanted: Wanted,
) -> Result<Entity<Rule>> {
    let most = limit::signed(limit::RETENTION_DAYS);
    if wanted.days.is_some_and(|days| !(1..=most).contains(&days)) {
        return Err(Error::invalid("/days", format!("must be 1 to {most}")));
    }
    if wanted.days.is_some() && subject.kind() == Subject::User {
        return Err(Error::invalid("/days", "must be absent for a user"));
    }
    let tenants = get_or_create(tenant, RetentionSubject::Tenant(tenant.id()))
        .await?
        .id;
    for _ in 0..MAX_ATTEMPTS {
        let present = get(tenant, subject).await?;
        let mut batch = tenant.batch();
        let due_at = wanted.days.map(|_| batch.now());
        if present.version == 0 {
            let Wanted { days, legal_hold } = wanted;
            batch.insert_as(
                present.id,
                Rule {
                    days,
                    legal_hold,
                    due_at,
                    ..none(subject.kind())
                },
            );
        } else {
            let changes = Changes::new()
                .put(Rule::days, wanted.days)
                .set(Rule::legal_hold, wanted.legal_hold);
            let changes = changes
                .put(Rule::due_at, due_at)
                .clear(Rule::after)
                .clear(Rule::looked_to);
            batch.update(present.id, Update::of(changes));
        }
        // Invalidates every check of the holds that was made before.
        let changed = Changes::new().set(Rule::holds, tenant.context().new_object_id());
        batch.update(tenants, Update::of(changed).quietly());
        match tenant.commit(batch).await {
            Ok(()) => return get(tenant, subject).await,
            Err(CommitError::Conflict { .. } | CommitError::PreconditionFailed { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Error::new(
        base::ErrorCode::Unavailable,
        "Concurrent changes of the same rule; retry.",
    ))
}

/// Fails if there is a legal hold on the tenant, on the user, or on a conversation of which the
/// user is or was a member.
///
/// # Errors
/// 409 `legal_hold`.
pub(crate) async fn require_no_hold(
    tenant: &TenantStore,
    holds: &Holds,
    user: Id<User>,
) -> Result<()> {
    let prohibited = |subject: &str| {
        Error::new(
            ErrorCode::LegalHold,
            format!("A legal hold on {subject} prohibits this."),
        )
    };
    if holds.covers(user.object_id()).await? {
        return Err(prohibited("the tenant or the user"));
    }
    let mut after = None;
    loop {
        let query = Participant::by_user
            .eq(Participant::user_id, user)
            .limit(limit::BATCH)
            .after(after);
        let page = tenant.list(query).await?;
        if !holds
            .covered_among(
                page.items
                    .iter()
                    .map(|part| part.conversation_id.object_id()),
            )
            .await?
            .is_empty()
        {
            return Err(prohibited("a conversation of the user"));
        }
        after = page.next;
        if after.is_none() {
            return Ok(());
        }
    }
}

/// Removes the rule of a deleted conversation.
pub(crate) fn remove_rule(batch: &mut Batch<TenantData>, conversation: Id<Conversation>) {
    batch.remove(RetentionSubject::Conversation(conversation).id(), false);
}
