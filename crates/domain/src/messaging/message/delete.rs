use base::{Id, Result};
use store::{AppendError, Changes, Entity, Seq, Tenant, Update};

use super::get::{get, not_found};
use crate::actor::Actor;
use crate::messaging::access::{Access, Rule};
use crate::messaging::collections::{Message, RecordKind, marked_by};
use crate::messaging::record::{about, append};

/// Times that a deletion is tried against others.
const TRIES: usize = 5;

/// Deletes a message: its sender, or an admin of the conversation. The record
/// stays as a tombstone; its content, history and fingerprint are wiped.
/// Deleting it again answers the same tombstone.
///
/// # Errors
/// 404 `message_not_found`, 403 when it is neither the actor's nor are they an admin.
pub async fn delete(tenant: &Tenant, actor: Actor, id: Id<Message>) -> Result<Entity<Message>> {
    for _ in 0..TRIES {
        let (message, access) = get(tenant, actor, id).await?;
        let rule = rule(&message, &access);
        access.require(rule)?;
        if message.deleted_at.is_some() {
            return Ok(message);
        }
        match attempt(tenant, &message, &access, rule).await {
            Err(AppendError::Stale { .. } | AppendError::Behind) => {}
            Err(error) => return Err(error.into()),
            Ok(()) => return tenant.get(id).await?.ok_or_else(not_found),
        }
    }
    Err(AppendError::Behind.into())
}

fn rule(message: &Entity<Message>, access: &Access) -> Rule {
    let own = access.acting_user().is_some() && message.sender_id == access.acting_user();
    if own { Rule::Participate } else { Rule::Manage }
}

async fn attempt(tenant: &Tenant, message: &Entity<Message>, access: &Access, rule: Rule) -> Result<(), AppendError> {
    let update = Update::of(wiped().set(Message::changed_seq, Seq::Assigned)).deleting(marked_by(access.acting_user()));
    let (handle, id) = (tenant.clone(), message.id);
    let guard = access.guard(rule, move |_| {
        let mut batch = handle.batch();
        batch.update(id, update.clone());
        Ok(batch)
    });
    let record = about(RecordKind::Deletion, access.acting_user(), message);
    append(tenant, record, access.seen, guard).await.map(drop)
}

/// What makes a message a tombstone, beside the mark.
pub(in crate::messaging) fn wiped() -> Changes<Message> {
    Changes::new()
        .clear(Message::content)
        .clear(Message::attachments)
        .clear(Message::metadata)
        .clear(Message::reactions)
        .clear(Message::history)
        .clear(Message::fingerprint)
}
