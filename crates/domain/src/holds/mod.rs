//! Legal holds: the rules that set them, and the question that every write
//! asks which removes or overwrites content.

mod collections;

pub use collections::{Rule, Subject};

use std::collections::HashSet;

use base::{Error, ErrorCode, Id, ObjectId, Result, Timestamp, limit};
use store::{
    Batch, Changes, Collection, CommitError, Declaration, Entity, Page, Position, TenantData,
    TenantStore, Update,
};

/// The collections of the room.
pub(crate) const COLLECTIONS: &[&Declaration] = &[Rule::DECLARATION];

/// Returns a rule; without days and hold, as version 0, if nobody has set one.
pub(crate) async fn get(
    tenant: &TenantStore,
    id: Id<Rule>,
    subject: Subject,
) -> Result<Entity<Rule>> {
    let created_at = Timestamp::EPOCH;
    let updated_at = Timestamp::EPOCH;
    let doc = none(subject);
    let default = Entity {
        id,
        created_at,
        updated_at,
        version: 0,
        deleted_at: None,
        deleted_by: None,
        doc,
    };
    Ok(tenant.get(id).await?.unwrap_or(default))
}

/// Returns a rule without days and hold.
pub(crate) const fn none(subject: Subject) -> Rule {
    Rule {
        subject,
        days: None,
        legal_hold: false,
        wiped_to: 0,
        looked_to: None,
        after: None,
        due_at: None,
        holds: None,
        heeded_by: None,
    }
}

/// Returns a rule, created if there is none.
pub(crate) async fn made(
    tenant: &TenantStore,
    id: Id<Rule>,
    subject: Subject,
) -> Result<Entity<Rule>> {
    let present = get(tenant, id, subject).await?;
    if present.version > 0 {
        return Ok(present);
    }
    let mut batch = tenant.batch();
    batch.insert_as(present.id, none(subject));
    match tenant.commit(batch).await {
        Ok(()) | Err(CommitError::Conflict { .. }) => get(tenant, id, subject).await,
        Err(error) => Err(error.into()),
    }
}

/// The legal holds of a tenant as of one moment. What is decided by them is
/// written together with [`heed`](Self::heed), so that it does not stand when
/// a hold came in between.
#[derive(Debug, Clone)]
pub(crate) struct Holds {
    tenant: TenantStore,
    rule: Id<Rule>,
    /// The tenant's mark at that moment.
    mark: Option<ObjectId>,
    everything: bool,
}

impl Holds {
    /// The holds as they are now.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub(crate) async fn look(tenant: &TenantStore) -> Result<Self> {
        let id = Id::new(tenant.id().object_id());
        let Entity { id: rule, doc, .. } = made(tenant, id, Subject::Tenant).await?;
        Ok(Self {
            tenant: tenant.clone(),
            rule,
            mark: doc.holds,
            everything: doc.legal_hold,
        })
    }

    /// Lets a batch stand only while no hold was set or lifted since. Writes
    /// each time: a read alone would not meet a hold of the same moment.
    pub(crate) fn heed(&self, batch: &mut Batch<TenantData>) {
        let changes = Changes::new().set(Rule::heeded_by, self.tenant.context().new_object_id());
        batch.update(
            self.rule,
            Update::of(changes)
                .expecting(Rule::holds, self.mark)
                .quietly(),
        );
    }

    /// Whether one lies on the tenant.
    pub(crate) const fn keep_everything(&self) -> bool {
        self.everything
    }

    /// Whether one lies on the tenant or on this user or conversation.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub(crate) async fn keep(&self, subject: ObjectId) -> Result<bool> {
        Ok(self.everything || !self.among([subject]).await?.is_empty())
    }

    /// On which of these users and conversations one lies; the tenant's own is not asked.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub(crate) async fn among(
        &self,
        subjects: impl IntoIterator<Item = ObjectId>,
    ) -> Result<HashSet<ObjectId>> {
        let ids: Vec<Id<Rule>> = subjects.into_iter().map(Id::new).collect();
        let rules = self.tenant.get_many(&ids).await?;
        Ok(rules
            .into_iter()
            .filter(|rule| rule.legal_hold)
            .map(|rule| rule.id.object_id())
            .collect())
    }

    /// A page of the rules that set a hold on a user.
    pub(super) async fn users(&self, after: Option<Position>) -> Result<Page<Rule>> {
        let query = Rule::by_hold
            .eq(Rule::subject, Subject::User)
            .eq(Rule::legal_hold, true);
        Ok(self
            .tenant
            .list(query.after(after).limit(limit::BATCH))
            .await?)
    }
}

/// Proof that no legal hold keeps what a write removes or overwrites.
///
/// Every write that clears content takes one, so that none can omit the
/// question, and puts [`heed`](Self::heed) into its batch, so that it fails if
/// a hold is set in between.
#[derive(Debug, Clone)]
pub(crate) struct Unheld {
    holds: Holds,
}

impl Unheld {
    /// Asks whether the tenant or one of these users and conversations is
    /// under a legal hold.
    ///
    /// # Errors
    /// 409 `legal_hold`.
    pub(crate) async fn ask(
        tenant: &TenantStore,
        subjects: impl IntoIterator<Item = ObjectId>,
    ) -> Result<Self> {
        let holds = Holds::look(tenant).await?;
        if holds.keep_everything() || !holds.among(subjects).await?.is_empty() {
            return Err(held());
        }
        Ok(Self { holds })
    }

    /// Returns a page of the users on whom a hold lies, for what contains documents of many.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub(crate) async fn held_users(&self, after: Option<Position>) -> Result<Page<Rule>> {
        self.holds.users(after).await
    }

    /// For a job that has sorted out what is held by itself.
    pub(crate) const fn sorted_out(holds: Holds) -> Self {
        Self { holds }
    }

    /// Makes a batch fail as stale if a hold was set or lifted since.
    pub(crate) fn heed(&self, batch: &mut Batch<TenantData>) {
        self.holds.heed(batch);
    }
}

/// Says that a hold keeps something.
pub(crate) fn held() -> Error {
    Error::new(
        ErrorCode::LegalHold,
        "A legal hold on the tenant, the conversation or a user keeps what this would remove.",
    )
}
