use std::collections::HashSet;

use base::{Id, ObjectId, Result, limit};
use store::{Batch, Changes, Entity, Page, Position, TenantData, TenantStore, Update};

use super::{Rule, Subject, made};

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
