use std::ops::Bound;

use base::{Id, Result, Timestamp};
use store::{AppendError, Batch, Entity, Guard, TenantData, TenantStore};

use super::collections::{Conversation, Message};
use super::message::wiping;
use super::record::{append, expiry};
use crate::holds::Unheld;

/// The records of a conversation behind `after` that are older than `before`,
/// the oldest first, at most `limit`.
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
    // Times never decrease within a log.
    records.retain(|record| record.created_at < before);
    Ok(records)
}

/// Times that a step is tried against others.
const TRIES: usize = 5;

/// What became of messages that were to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expired {
    /// They are tombstones.
    Wiped,
    /// What was written beside does not hold any more: they stand.
    LookAgain,
}

/// Makes tombstones of messages of one conversation by one record that tells
/// of the last of them, with what is written beside it.
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
