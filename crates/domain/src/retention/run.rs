use base::{Id, Result, limit};
use store::{Changes, CommitError, Entity, TenantStore, Update};

use super::conversation_round::wipe_some;
use super::{Rule, Subject};
use crate::messaging::Conversation;

/// A round of one rule: of one conversation, or of all of a tenant's that
/// have no days of their own. Whoever holds the rule's latest version goes on.
#[derive(Debug)]
pub struct Run {
    tenant: TenantStore,
    rule: Entity<Rule>,
}

impl Run {
    /// Takes a rule whose time has come; `None` when somebody else has it.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub async fn take(tenant: &TenantStore, id: Id<Rule>) -> Result<Option<Self>> {
        let now = tenant.context().now();
        let due = |rule: &Entity<Rule>| rule.due_at.is_some_and(|due| due <= now);
        let Some(rule) = tenant.get(id).await?.filter(due) else {
            return Ok(None);
        };
        let mut run = Self {
            tenant: tenant.clone(),
            rule,
        };
        Ok(run.save(limit::ERASE_LEASE_SECONDS).await?.then_some(run))
    }

    /// Wipes the next bounded part; says whether there is more in this round.
    /// May be dropped at any moment and run again by anybody.
    ///
    /// # Errors
    /// When the store cannot answer; the round goes on when the lease is over.
    pub async fn step(&mut self) -> Result<bool> {
        let Some(days) = self.rule.days else {
            return self.rest().await;
        };
        let more = match self.rule.subject {
            Subject::User => false,
            Subject::Conversation => {
                wipe_some(&self.tenant, Id::new(self.rule.id.object_id()), days).await?
            }
            Subject::Tenant => self.next_conversation(days).await?,
        };
        if more {
            self.save(limit::ERASE_LEASE_SECONDS).await
        } else {
            self.rest().await
        }
    }

    async fn next_conversation(&mut self, days: i64) -> Result<bool> {
        let all = Conversation::by_created.all().with_deleted().limit(1);
        let after = self.rule.after.map(Id::<Conversation>::new);
        let position = match after {
            Some(after) => self.tenant.get_many_with_deleted(&[after]).await?.pop(),
            None => None,
        };
        let after = position.map(|last| store::Position {
            rest: vec![Some(store::Value::Time(last.created_at))],
            id: last.id.object_id(),
        });
        let Some(next) = self.tenant.find(all.after(after)).await? else {
            return Ok(false);
        };
        let own = self
            .tenant
            .get(Id::<Rule>::new(next.id.object_id()))
            .await?;
        let more = own.is_none_or(|rule| rule.days.is_none())
            && wipe_some(&self.tenant, next.id, days).await?;
        if !more {
            self.rule.after = Some(next.id.object_id());
        }
        Ok(true)
    }

    /// Ends the round until the next one.
    async fn rest(&mut self) -> Result<bool> {
        self.rule.after = None;
        self.save(limit::RETENTION_ROUND_SECONDS).await?;
        Ok(false)
    }

    async fn save(&mut self, seconds: usize) -> Result<bool> {
        let mut batch = self.tenant.batch();
        let next = batch.now().plus_millis(limit::signed(seconds) * 1_000);
        let due = self.rule.days.map(|_| next);
        let changes = Changes::new()
            .put(Rule::after, self.rule.after)
            .put(Rule::due_at, due);
        batch.update(
            self.rule.id,
            Update::of(changes).expecting_version(self.rule.version),
        );
        match self.tenant.commit(batch).await {
            Ok(()) => {
                self.rule.version += 1;
                Ok(true)
            }
            // Somebody else goes on, or the rule says something else now.
            Err(CommitError::PreconditionFailed { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}
