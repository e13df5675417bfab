use base::{Id, Result, limit};
use store::{Batch, Changes, CommitError, Entity, TenantData, TenantStore, Update};

use super::{RetentionSubject, Rule, Subject, get, get_or_create};
use crate::holds::{Holds, NoHold};
use crate::messaging::{
    Conversation, ExpiryOutcome, Message, RecordKind, expired_records, redact_expired,
};

/// A round of one rule: of one conversation, or of all conversations of a tenant without a rule of
/// their own. The holder of the rule's latest version continues the round.
#[derive(Debug)]
pub struct RetentionJob {
    tenant: TenantStore,
    rule: Entity<Rule>,
}

impl RetentionJob {
    /// Leases a due rule; `None` if another server has it.
    ///
    /// # Errors
    /// When the store is unavailable.
    pub async fn lease(tenant: &TenantStore, id: Id<Rule>) -> Result<Option<Self>> {
        let now = tenant.context().now();
        let due = |rule: &Entity<Rule>| rule.due_at.is_some_and(|due| due <= now);
        let Some(rule) = tenant.get(id).await?.filter(due) else {
            return Ok(None);
        };
        let mut job = Self {
            tenant: tenant.clone(),
            rule,
        };
        Ok(job.save(limit::ERASE_LEASE_SECONDS).await?.then_some(job))
    }

    /// Redacts the next batch of messages; returns whether there is more in this round. May be
    /// cancelled at any point and repeated by any server.
    ///
    /// # Errors
    /// When the store is unavailable; the round continues when the lease expires.
    pub async fn step(&mut self) -> Result<bool> {
        let Some(days) = self.rule.days else {
            return self.schedule_next().await;
        };
        let more = match self.rule.subject {
            Subject::User => false,
            Subject::Conversation => {
                redact_batch(&self.tenant, Id::new(self.rule.id.object_id()), days).await?
            }
            Subject::Tenant => self.next_conversation(days).await?,
        };
        if more {
            self.save(limit::ERASE_LEASE_SECONDS).await
        } else {
            self.schedule_next().await
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
            && redact_batch(&self.tenant, next.id, days).await?;
        if !more {
            self.rule.after = Some(next.id.object_id());
        }
        Ok(true)
    }

    /// Ends the round and schedules the next one.
    async fn schedule_next(&mut self) -> Result<bool> {
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
            // Another server continues, or the rule was changed.
            Err(CommitError::PreconditionFailed { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

/// Milliseconds per day.
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// Redacts a batch of a conversation's messages that are older than `days`, except those of users
/// under a legal hold. Returns whether there is more.
pub(super) async fn redact_batch(
    tenant: &TenantStore,
    conversation: Id<Conversation>,
    days: i64,
) -> Result<bool> {
    let holds = Holds::read(tenant).await?;
    if holds.covers(conversation.object_id()).await? {
        return Ok(false);
    }
    let subject = RetentionSubject::Conversation(conversation);
    let rule = get(tenant, subject).await?;
    let before = tenant.context().now().plus_millis(-days * DAY_MS);
    let after = rule.looked_to.unwrap_or(rule.wiped_to);
    let found =
        expired_records(tenant, conversation, after, before, limit::ERASE_DOCUMENTS).await?;
    if found.is_empty() && rule.looked_to.is_none() {
        return Ok(false);
    }
    let rule = get_or_create(tenant, subject).await?;
    let held = holds
        .covered_among(
            found
                .iter()
                .filter_map(|record| record.sender_id)
                .map(Id::object_id),
        )
        .await?;
    let is_held = |record: &&Entity<Message>| {
        record
            .sender_id
            .is_some_and(|user| held.contains(&user.object_id()))
    };
    let full = |record: &&Entity<Message>| {
        record.kind == RecordKind::Message && record.deleted_at.is_none()
    };
    let kept = found
        .iter()
        .filter(full)
        .find(is_held)
        .map(|record| record.seq);
    let messages: Vec<_> = found
        .iter()
        .filter(full)
        .filter(|record| !is_held(record))
        .cloned()
        .collect();
    let more = found.len() == limit::ERASE_DOCUMENTS;
    let progress = Progress::from_batch(&rule, found.last().map(|record| record.seq), kept, more);
    let no_hold = NoHold::prefiltered(holds);
    let write_progress = move |batch: &mut Batch<TenantData>| progress.write(batch);
    if !messages.is_empty() {
        // A hold was set concurrently; the next step reads again.
        return Ok(
            redact_expired(tenant, conversation, &messages, &no_hold, write_progress).await?
                == ExpiryOutcome::Conflict
                || more,
        );
    }
    let mut batch = tenant.batch();
    no_hold.assert_unchanged(&mut batch);
    write_progress(&mut batch);
    match tenant.commit(batch).await {
        Ok(()) => Ok(more),
        Err(CommitError::PreconditionFailed { .. }) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// Progress of a conversation's rule.
#[derive(Clone, Copy)]
struct Progress {
    rule: Id<Rule>,
    /// Sequence number of the last record that later rounds skip.
    wiped_to: i64,
    /// Where this round continues, once it has kept a message.
    looked_to: Option<i64>,
}

impl Progress {
    /// Advances past a batch whose last record is `last`. Later rounds start again at the first
    /// message kept by a hold, because the hold may be lifted.
    fn from_batch(rule: &Entity<Rule>, last: Option<i64>, kept: Option<i64>, more: bool) -> Self {
        let last = last.unwrap_or(rule.wiped_to);
        let wiped_to = match (rule.looked_to, kept) {
            (Some(_), _) => rule.wiped_to,
            (None, Some(kept)) => kept - 1,
            (None, None) => last,
        };
        Self {
            rule: rule.id,
            wiped_to,
            looked_to: (more && wiped_to < last).then_some(last),
        }
    }

    fn write(self, batch: &mut Batch<TenantData>) {
        let changes = Changes::new()
            .set(Rule::wiped_to, self.wiped_to)
            .put(Rule::looked_to, self.looked_to);
        batch.update(self.rule, Update::of(changes).quietly());
    }
}
