use std::ops::Bound;

use base::{Id, Result, Timestamp};
use store::{AppendError, Batch, Entity, Guard, TenantData, TenantStore};

use super::collections::{Conversation, Message};
use super::message::wiping;
use super::record::{append, expiry};
use crate::holds::Unheld;

/// Returns up to `limit` records of a conversation after `after` that were created before `before`,
/// oldest first.
pub(crate) async fn old_records(
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
const TRIES: usize = 5;

/// Outcome of [`redact_expired`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expired {
    /// The messages are tombstones.
    Wiped,
    /// A precondition failed; nothing was written. The caller reads again.
    LookAgain,
}

/// Replaces messages of one conversation by tombstones. Appends one record that refers to the last
/// of them, together with the writes of `add_writes`.
pub(crate) async fn wipe_old(
    tenant: &TenantStore,
    conversation: Id<Conversation>,
    messages: &[Id<Message>],
    unheld: &Unheld,
    beside: impl Fn(&mut Batch<TenantData>) + Clone + Send + Sync + 'static,
) -> Result<Expired> {
    let Some(last) = messages.last().copied() else {
        return Ok(Expired::Wiped);
    };
    for _ in 0..TRIES {
        let head = tenant.heads::<Message>(&[conversation]).await?.pop();
        let handle = tenant.clone();
        let messages = messages.to_vec();
        let beside = beside.clone();
        let unheld = unheld.clone();
        let guard = Guard::new(move |_| {
            let mut batch = handle.batch();
            beside(&mut batch);
            unheld.heed(&mut batch);
            for message in &messages {
                batch.update(*message, wiping(None, &unheld));
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
            Err(AppendError::PreconditionFailed { .. }) => return Ok(Expired::LookAgain),
            Err(error) => return Err(error.into()),
            Ok(_) => return Ok(Expired::Wiped),
        }
    }
    Err(AppendError::Behind.into())
}
