use std::collections::HashSet;

use base::{Code, Failure, Id, ObjectId, Result, limit};
use store::{Batch, Changes, Entity, Tenant, TenantData, Update};

use super::get::made;
use super::{Rule, Whose};
use crate::messaging::Participant;
use crate::users::User;

/// The legal holds of a tenant as of one moment. What is decided by them is
/// written together with [`heed`](Self::heed), so that it does not stand when
/// a hold came in between.
#[derive(Debug, Clone)]
pub(crate) struct Holds {
    tenant: Tenant,
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
    pub(crate) async fn look(tenant: &Tenant) -> Result<Self> {
        let Entity { id: rule, doc, .. } = made(tenant, Whose::Tenant(tenant.id())).await?;
        Ok(Self { tenant: tenant.clone(), rule, mark: doc.holds, everything: doc.legal_hold })
    }

    /// Lets a batch stand only while no hold was set or lifted since. Writes
    /// each time: a read alone would not meet a hold of the same moment.
    pub(crate) fn heed(&self, batch: &mut Batch<TenantData>) {
        let changes = Changes::new().set(Rule::heeded_by, self.tenant.context().new_object_id());
        batch.update(self.rule, Update::of(changes).expecting(Rule::holds, self.mark).quietly());
    }

    /// Whether one lies on the tenant or on the user.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub(crate) async fn keep_all_of(&self, user: Id<User>) -> Result<bool> {
        Ok(self.everything || !self.among([user.object_id()]).await?.is_empty())
    }

    /// On which of these users and conversations one lies; the tenant's own is not asked.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub(crate) async fn among(&self, subjects: impl IntoIterator<Item = ObjectId>) -> Result<HashSet<ObjectId>> {
        let ids: Vec<Id<Rule>> = subjects.into_iter().map(Id::new).collect();
        let rules = self.tenant.get_many(&ids).await?;
        Ok(rules.into_iter().filter(|rule| rule.legal_hold).map(|rule| rule.id.object_id()).collect())
    }

    /// Refuses where one lies on the tenant, on the user, or on a conversation
    /// that the user has or had a part in.
    ///
    /// # Errors
    /// 409 `legal_hold`.
    pub(crate) async fn refuse_for(&self, user: Id<User>) -> Result<()> {
        let refused =
            |whose: &str| Failure::new(Code::LegalHold, format!("A legal hold on {whose} keeps what would go."));
        if self.keep_all_of(user).await? {
            return Err(refused("the tenant or the user"));
        }
        let mut after = None;
        loop {
            let query = Participant::by_user.eq(Participant::user_id, user).limit(limit::BATCH).after(after);
            let page = self.tenant.list(query).await?;
            if !self.among(page.items.iter().map(|part| part.conversation_id.object_id())).await?.is_empty() {
                return Err(refused("a conversation of the user"));
            }
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// Whether one lies on the tenant or on this one subject.
    pub(super) async fn keep(&self, subject: ObjectId) -> Result<bool> {
        Ok(self.everything || !self.among([subject]).await?.is_empty())
    }
}
