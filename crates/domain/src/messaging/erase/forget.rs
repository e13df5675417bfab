use base::{Id, Result};
use store::{AppendError, Entity, Guard, Tenant};

use super::TRIES;
use super::purge::purge_some;
use crate::messaging::collections::{Conversation, Message, Participant};
use crate::messaging::record::{append, erasure};
use crate::users::User;

/// What became of the next conversation that a user was in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Forgotten {
    /// There is none left.
    Nothing,
    /// The user's part in it is gone; others are in it.
    Part,
    /// Nobody was left in it: so many of its records went, and more may be there.
    Records(usize),
    /// Nobody was left in it: it is gone, with so many last records.
    Conversation(usize),
}

/// Takes the next conversation out of a user's past: their part goes, with a
/// record that makes everybody drop what memory holds of their messages. A
/// conversation that nobody else has a part in goes itself, a bounded part of
/// it at a time.
pub(crate) async fn forget_next(tenant: &Tenant, user: Id<User>, limit: usize) -> Result<Forgotten> {
    let Some(part) = tenant.find(Participant::by_user.eq(Participant::user_id, user)).await? else {
        return Ok(Forgotten::Nothing);
    };
    if alone(tenant, &part).await? {
        return purge_some(tenant, &part, limit).await;
    }
    leave_a_record(tenant, &part).await?;
    Ok(Forgotten::Part)
}

/// Whether nobody else has a part in the conversation, present or past: who
/// left still reads what came before.
async fn alone(tenant: &Tenant, part: &Entity<Participant>) -> Result<bool> {
    let query = Participant::by_conversation.eq(Participant::conversation_id, part.conversation_id);
    let parts = tenant.list(query.limit(2)).await?.items;
    Ok(parts.iter().all(|other| other.user_id == part.user_id))
}

async fn leave_a_record(tenant: &Tenant, part: &Entity<Participant>) -> Result<()> {
    let (conversation, id): (Id<Conversation>, _) = (part.conversation_id, part.id);
    for _ in 0..TRIES {
        let head = tenant.heads::<Message>(&[conversation]).await?.pop();
        let handle = tenant.clone();
        // A deleted conversation takes this record too: its messages are kept in memory like others.
        let guard = Guard::new(move |_| {
            let mut batch = handle.batch();
            batch.remove(id, false);
            Ok(batch)
        });
        let seen = head.map_or(0, |head| head.seq);
        match append(tenant, erasure(conversation, part.user_id), seen, guard).await {
            Err(AppendError::Behind) => {}
            Err(error) => return Err(error.into()),
            Ok(_) => return Ok(()),
        }
    }
    Err(AppendError::Behind.into())
}
