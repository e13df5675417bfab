use base::{Code, Result};
use store::{Entity, Tenant};

use super::forget::Forgotten;
use crate::actor::Actor;
use crate::messaging::collections::{Message, Participant, Reaction, ReadReceipt};
use crate::messaging::conversation::delete;

/// Removes up to `limit` records of a conversation that nobody else has a
/// part in, and behind the last one the rest of it.
pub(super) async fn purge_some(tenant: &Tenant, part: &Entity<Participant>, limit: usize) -> Result<Forgotten> {
    let conversation = part.conversation_id;
    // From here on nobody comes in any more.
    match delete(tenant, Actor::Server, &base::Named::Id(conversation)).await {
        Err(failure) if failure.code == Code::ConversationNotFound => {}
        deleted => deleted?,
    }
    let records = || Message::by_seq.eq(Message::conversation_id, conversation);
    let gone = tenant.count(records(), limit).await?;
    let mut batch = tenant.batch();
    batch.delete_range(Reaction::by_message.eq(Reaction::conversation_id, conversation).limit(limit));
    batch.delete_range(ReadReceipt::by_conversation.eq(ReadReceipt::conversation_id, conversation).limit(limit));
    batch.delete_range(records().limit(limit));
    let rest = Reaction::by_message.eq(Reaction::conversation_id, conversation);
    let last = gone < limit && tenant.count(rest, limit).await? < limit;
    if last {
        batch.remove(conversation, false);
        batch.remove(part.id, false);
    }
    tenant.commit(batch).await?;
    Ok(if last { Forgotten::Conversation(gone) } else { Forgotten::Records(gone) })
}
