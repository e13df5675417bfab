//! Legal holds: their rules, and the precondition of every write that removes or overwrites
//! content.

mod collections;

pub use collections::{Rule, Subject};

use std::collections::HashSet;

use base::{Error, ErrorCode, Id, ObjectId, Result, Timestamp, limit};
use store::{
    Batch, Changes, Collection, CommitError, Declaration, Entity, Page, Position, TenantData,
    TenantStore, Update,
};

/// Collections of the module.
pub(crate) const COLLECTIONS: &[&Declaration] = &[Rule::DECLARATION];

/// Returns a rule; a default with version 0 if none is set.
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

/// Returns a rule, creating it if it does not exist.
pub(crate) async fn get_or_create(
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

/// The legal holds of a tenant at one point in time. Writes that depend on them use
/// [`assert_unchanged`](Self::assert_unchanged), so that they fail if a hold is set concurrently.
#[derive(Debug, Clone)]
pub(crate) struct Holds {
    tenant: TenantStore,
    rule: Id<Rule>,
    /// Version of the tenant's holds at that time.
    version: Option<ObjectId>,
    everything: bool,
}

impl Holds {
    /// Reads the current holds.
    ///
    /// # Errors
    /// When the store is unavailable.
    pub(crate) async fn read(tenant: &TenantStore) -> Result<Self> {
        let id = Id::new(tenant.id().object_id());
        let Entity { id: rule, doc, .. } = get_or_create(tenant, id, Subject::Tenant).await?;
        Ok(Self {
            tenant: tenant.clone(),
            rule,
            version: doc.holds,
            everything: doc.legal_hold,
        })
    }

    /// Makes the batch fail if a hold was set or lifted since. Writes a document each time, because
    /// a read alone would not conflict with a concurrent hold.
    pub(crate) fn assert_unchanged(&self, batch: &mut Batch<TenantData>) {
        let changes = Changes::new().set(Rule::heeded_by, self.tenant.context().new_object_id());
        batch.update(
            self.rule,
            Update::of(changes)
                .expecting(Rule::holds, self.version)
                .quietly(),
        );
    }

    /// Returns whether the tenant is under a hold.
    pub(crate) const fn covers_tenant(&self) -> bool {
        self.everything
    }

    /// Returns whether the tenant or this user or conversation is under a hold.
    ///
    /// # Errors
    /// When the store is unavailable.
    pub(crate) async fn covers(&self, subject: ObjectId) -> Result<bool> {
        Ok(self.everything || !self.covered_among([subject]).await?.is_empty())
    }

    /// Returns which of these users and conversations are under a hold of their own.
    ///
    /// # Errors
    /// When the store is unavailable.
    pub(crate) async fn covered_among(
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

    /// Returns a page of the rules that set a hold on a user.
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

/// Proof that no legal hold covers what a write removes or overwrites.
///
/// Every such write requires one, so that the check cannot be omitted. It adds
/// [`assert_unchanged`](Self::assert_unchanged) to its batch, so that it fails if a hold is set
/// concurrently.
#[derive(Debug, Clone)]
pub(crate) struct NoHold {
    holds: Holds,
}

impl NoHold {
    /// Checks that neither the tenant nor any of these users and conversations is under a legal
    /// hold.
    ///
    /// # Errors
    /// 409 `legal_hold`.
    pub(crate) async fn check(
        tenant: &TenantStore,
        subjects: impl IntoIterator<Item = ObjectId>,
    ) -> Result<Self> {
        let holds = Holds::read(tenant).await?;
        if holds.covers_tenant() || !holds.covered_among(subjects).await?.is_empty() {
            return Err(legal_hold_error());
        }
        Ok(Self { holds })
    }

    /// Returns a page of the users under a hold, for writes on documents of many users.
    ///
    /// # Errors
    /// When the store is unavailable.
    pub(crate) async fn held_users(&self, after: Option<Position>) -> Result<Page<Rule>> {
        self.holds.users(after).await
    }

    /// Creates the proof for a job that filters held data itself.
    pub(crate) const fn prefiltered(holds: Holds) -> Self {
        Self { holds }
    }

    /// Makes the batch fail if a hold was set or lifted since.
    pub(crate) fn assert_unchanged(&self, batch: &mut Batch<TenantData>) {
        self.holds.assert_unchanged(batch);
    }
}

/// Returns the error for data under a hold.
pub(crate) fn legal_hold_error() -> Error {
    Error::new(
        ErrorCode::LegalHold,
        "A legal hold on the tenant, the conversation or a user prohibits this.",
    )
}
