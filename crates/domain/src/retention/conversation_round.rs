use base::{Id, Result, limit};
use store::{Batch, Changes, CommitError, Entity, TenantData, TenantStore, Update};

use super::get::{get, made};
use super::{RetentionSubject, Rule};
use crate::holds::{Holds, Unheld};
use crate::messaging::{Conversation, Expired, Message, RecordKind, old_records, wipe_old};

/// Milliseconds of a day.
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// Wipes a bounded part of a conversation's messages that are older than
/// `days`, past those that held users sent. Says whether there is more.
pub(super) async fn wipe_some(
    tenant: &TenantStore,
    conversation: Id<Conversation>,
    days: i64,
) -> Result<bool> {
    let holds = Holds::look(tenant).await?;
    if holds.keep(conversation.object_id()).await? {
        return Ok(false);
    }
    let whose = RetentionSubject::Conversation(conversation);
    let rule = get(tenant, whose).await?;
    let before = tenant.context().now().plus_millis(-days * DAY_MS);
    let behind = rule.looked_to.unwrap_or(rule.wiped_to);
    let found = old_records(tenant, conversation, behind, before, limit::ERASE_DOCUMENTS).await?;
    if found.is_empty() && rule.looked_to.is_none() {
        return Ok(false);
    }
    let rule = made(tenant, whose).await?;
    let held = holds
        .among(
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
        .map(|record| record.id)
        .collect();
    let more = found.len() == limit::ERASE_DOCUMENTS;
    let progress = Progress::behind(&rule, found.last().map(|record| record.seq), kept, more);
    let unheld = Unheld::sorted_out(holds);
    let beside = move |batch: &mut Batch<TenantData>| progress.note(batch);
    if !messages.is_empty() {
        // When a hold came in between, the next part finds them again.
        return Ok(
            wipe_old(tenant, conversation, &messages, &unheld, beside).await? == Expired::LookAgain
                || more,
        );
    }
    let mut batch = tenant.batch();
    unheld.heed(&mut batch);
    beside(&mut batch);
    match tenant.commit(batch).await {
        Ok(()) => Ok(more),
        Err(CommitError::PreconditionFailed { .. }) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// How far a conversation's rule has got.
#[derive(Clone, Copy)]
struct Progress {
    rule: Id<Rule>,
    /// The last record that no later round looks at.
    wiped_to: i64,
    /// Where this round goes on, once it has left something behind.
    looked_to: Option<i64>,
}

impl Progress {
    /// Behind a part whose last record is `last`. From the first message that
    /// a held user sent each round looks again, for the hold may be lifted.
    fn behind(rule: &Entity<Rule>, last: Option<i64>, kept: Option<i64>, more: bool) -> Self {
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

    fn note(self, batch: &mut Batch<TenantData>) {
        let changes = Changes::new()
            .set(Rule::wiped_to, self.wiped_to)
            .put(Rule::looked_to, self.looked_to);
        batch.update(self.rule, Update::of(changes).quietly());
    }
}
