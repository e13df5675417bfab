use base::{Id, Result};
use store::{AppendError, Batch, Entity, Guard, TenantData, TenantStore};

use super::TRIES;
use super::purge::{close, purge_some};
use crate::holds::Unheld;
use crate::messaging::collections::{Conversation, Message, Participant};
use crate::messaging::record::{append, erasure};

/// What became of a conversation that a user was in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Forgotten {
    /// The user's part in it is gone; others are in it.
    Membership,
    /// Nobody was left in it: so many of its records went, and more may be there.
    Records(usize),
    /// Nobody was left in it: it is gone, with so many last records.
    Conversation(usize),
    /// What was written beside does not hold any more, or somebody came: nothing is done.
    LookAgain,
}

/// Takes a conversation out of a user's past: their part goes, with a record
/// that makes everybody drop what memory holds of their messages. A
/// conversation that nobody else has a part in goes itself, a bounded part of
/// it at a time. Each of the commits heeds `unheld`; `at_last` is in the one
/// that ends the conversation.
pub(crate) async fn forget(
    tenant: &TenantStore,
    part: &Entity<Participant>,
    limit: usize,
    unheld: &Unheld,
    at_last: impl Fn(&mut Batch<TenantData>),
) -> Result<Forgotten> {
    // The head comes before the parts, so that who came since stands behind it.
    let seen = tenant
        .heads::<Message>(&[part.conversation_id])
        .await?
        .pop()
        .map_or(0, |head| head.seq);
    if !alone(tenant, part).await? {
        return leave_a_record(tenant, part, unheld).await;
    }
    if !close(tenant, part, seen, unheld).await? {
        return Ok(Forgotten::LookAgain);
    }
    purge_some(tenant, part, limit, unheld, at_last).await
}

/// Whether nobody else has a part in the conversation, present or past: who
/// left still reads what came before.
async fn alone(tenant: &TenantStore, part: &Entity<Participant>) -> Result<bool> {
    let query = Participant::by_conversation.eq(Participant::conversation_id, part.conversation_id);
    let parts = tenant.list(query.limit(2)).await?.items;
    Ok(parts.iter().all(|other| other.user_id == part.user_id))
}

async fn leave_a_record(
    tenant: &TenantStore,
    part: &Entity<Participant>,
    unheld: &Unheld,
) -> Result<Forgotten> {
    let conversation: Id<Conversation> = part.conversation_id;
    let id = part.id;
    for _ in 0..TRIES {
        let head = tenant.heads::<Message>(&[conversation]).await?.pop();
        let handle = tenant.clone();
        let unheld = unheld.clone();
        // A deleted conversation takes this record too: its messages are kept in memory like others.
        let guard = Guard::new(move |_| {
            let mut batch = handle.batch();
            unheld.heed(&mut batch);
            batch.remove(id, true);
            Ok(batch)
        });
        let seen = head.map_or(0, |head| head.seq);
        match append(tenant, erasure(conversation, part.user_id), seen, guard).await {
            Err(AppendError::Behind) => {}
            Err(AppendError::PreconditionFailed { .. }) => return Ok(Forgotten::LookAgain),
            Err(error) => return Err(error.into()),
            Ok(_) => return Ok(Forgotten::Membership),
        }
    }
    Err(AppendError::Behind.into())
}
