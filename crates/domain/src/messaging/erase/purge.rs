use base::{Error, ErrorCode, Id, Result};
use store::{
    AppendError, Batch, ChildCollections, Collection, CommitError, Entity, Guard, Row, TenantData,
    TenantStore,
};

use super::forget::Forgotten;
use crate::holds::Unheld;
use crate::messaging::collections::{Action, Conversation, Message, Participant, RecordKind};
use crate::messaging::conversation::delete_in;
use crate::messaging::record::{append, settings};
use crate::users::User;

/// Removes up to `limit` documents of each collection that has parts of a
/// conversation that nobody else has a part in, and behind the last ones the
/// rest of it, by a commit with `at_last`.
pub(super) async fn purge_some(
    tenant: &TenantStore,
    part: &Entity<Participant>,
    limit: usize,
    unheld: &Unheld,
    at_last: impl Fn(&mut Batch<TenantData>),
) -> Result<Forgotten> {
    let conversation = part.conversation_id.object_id();
    let mut batch = tenant.batch();
    let mut last = true;
    let mut records = 0;
    unheld.heed(&mut batch);
    for parts in ChildCollections::of::<Conversation>(&crate::catalogue()) {
        let name = parts.declaration().name;
        // The user's own is what finds the conversation: it goes with the rest.
        if name == Participant::DECLARATION.name {
            continue;
        }
        let found = tenant.count_parts(parts, conversation, limit).await?;
        last &= found < limit;
        if name == Message::DECLARATION.name {
            records = found;
        }
        batch.remove_parts(parts, conversation, limit);
    }
    if last {
        at_last(&mut batch);
        batch.remove(part.conversation_id, false);
        batch.remove(part.id, false);
    }
    match tenant.commit(batch).await {
        Ok(()) if last => Ok(Forgotten::Conversation(records)),
        Ok(()) => Ok(Forgotten::Records(records)),
        Err(CommitError::PreconditionFailed { .. }) => Ok(Forgotten::LookAgain),
        Err(error) => Err(error.into()),
    }
}

/// Deletes a conversation of one user alone, so that nobody comes in any more.
/// Says whether it is: not when somebody came since the record `seen`.
pub(super) async fn close(
    tenant: &TenantStore,
    part: &Entity<Participant>,
    seen: i64,
    unheld: &Unheld,
) -> Result<bool> {
    let id = part.conversation_id;
    let user = part.user_id;
    if tenant.get(id).await?.is_none() {
        return Ok(true);
    }
    let handle = tenant.clone();
    let unheld = unheld.clone();
    let guard = Guard::new(move |records: &mut dyn Iterator<Item = &Row>| {
        for row in records {
            if concerns_another(row, user) {
                return Err(Error::new(
                    ErrorCode::StateConflict,
                    "Somebody else takes part by now.",
                ));
            }
        }
        let mut batch = handle.batch();
        delete_in(&mut batch, id, None, &unheld);
        Ok(batch)
    });
    match append(tenant, settings(id, None, Action::Removed), seen, guard).await {
        Ok(_) => Ok(true),
        // Somebody came, a hold came, or the log is long: all is looked at again.
        Err(
            AppendError::Refused(_) | AppendError::PreconditionFailed { .. } | AppendError::Behind,
        ) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn concerns_another(row: &Row, user: Id<User>) -> bool {
    row.read(Message::kind) == Some(RecordKind::Participant)
        && row.read(Message::user_id) != Some(user)
}
