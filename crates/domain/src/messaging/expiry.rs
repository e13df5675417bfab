use std::ops::Bound;

use base::{Id, Result, Timestamp};
use store::{AppendError, Batch, Entity, Guard, TenantData, TenantStore};

use super::attachments::DetachedFiles;
use super::collections::{Conversation, Message};
use super::message::tombstone_changes;
use super::record::{append, expiry};
use crate::holds::NoHold;

/// Returns up to `limit` records of a conversation after `after` that were created before `before`,
/// oldest first.
pub(crate) async fn expired_records(
    tenant: &TenantStore,
    conversation: Id<Conversation>,
    after: i64,
    before: Timestamp,
    limit: usize,
) -> Result<Vec<Entity<Message>>> {
    let query = Message::by_seq.eq(Message::conversation_id, conversation);
    let query = query
        .between(Message::seq, Bound::Excluded(after), Bound::Unbounded)
        .limit(limit);
    let mut records = tenant.list(query).await?.items;
    // Timestamps never decrease within a log.
    records.retain(|record| record.created_at < before);
    Ok(records)
}

/// Maximum attempts when other writers conflict.
const MAX_ATTEMPTS: usize = 5;

/// Outcome of [`redact_expired`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExpiryOutcome {
    /// The messages are tombstones.
    Redacted,
    /// A precondition failed; nothing was written. The caller reads again.
    Conflict,
}

/// Replaces messages of one conversation by tombstones. Appends one record that refers to the last
/// of them, together with the writes of `add_writes`.
pub(crate) async fn redact_expired(
    tenant: &TenantStore,
    conversation: Id<Conversation>,
    messages: &[Entity<Message>],
    no_hold: &NoHold,
    add_writes: impl Fn(&mut Batch<TenantData>) + Clone + Send + Sync + 'static,
) -> Result<ExpiryOutcome> {
    let Some(last) = messages.last().map(|message| message.id) else {
        return Ok(ExpiryOutcome::Redacted);
    };
    for _ in 0..MAX_ATTEMPTS {
        let head = tenant.heads::<Message>(&[conversation]).await?.pop();
        let handle = tenant.clone();
        let detached = DetachedFiles::of(tenant, messages).await?;
        let messages: Vec<_> = messages.iter().map(|message| message.id).collect();
        let add_writes = add_writes.clone();
        let no_hold = no_hold.clone();
        let guard = Guard::new(move |_| {
            let mut batch = handle.batch();
            add_writes(&mut batch);
            no_hold.assert_unchanged(&mut batch);
            detached.detach(&mut batch);
            for message in &messages {
                batch.update(*message, tombstone_changes(None, &no_hold));
            }
            Ok(batch)
        });
        match append(
            tenant,
            expiry(conversation, last),
            head.map_or(0, |head| head.seq),
            guard,
        )
        .await
        {
            Err(AppendError::Behind) => {}
            Err(AppendError::PreconditionFailed { .. }) => return Ok(ExpiryOutcome::Conflict),
            Err(error) => return Err(error.into()),
            Ok(_) => return Ok(ExpiryOutcome::Redacted),
        }
    }
    Err(AppendError::Behind.into())
}
