use base::{Id, Result};
use store::{AppendError, Changes, Entity, Seq, TenantStore, Update};

use super::get::{get, not_found};
use crate::actor::Actor;
use crate::holds::Unheld;
use crate::messaging::access::{Access, Rule};
use crate::messaging::collections::{Message, RecordKind, marked_by};
use crate::messaging::record::{about, append};
use crate::users::User;

/// Times that a deletion is tried against others.
const TRIES: usize = 5;

/// Deletes a message: its sender, an admin, or the tenant's server. It
/// stays as a tombstone; its content, history and fingerprint are wiped.
/// Deleting it again answers the same tombstone.
///
/// # Errors
/// 404 `message_not_found`, 403 when it is neither the actor's nor are they an
/// admin, 409 `legal_hold`.
pub async fn delete(
    tenant: &TenantStore,
    actor: Actor,
    id: Id<Message>,
) -> Result<Entity<Message>> {
    for _ in 0..TRIES {
        let (message, access) = get(tenant, actor, id).await?;
        let rule = rule(&message, &access);
        access.require(rule)?;
        if message.deleted_at.is_some() {
            return Ok(message);
        }
        let unheld = unheld(tenant, &message).await?;
        match attempt(tenant, &message, &access, rule, unheld).await {
            Err(AppendError::PreconditionFailed { .. } | AppendError::Behind) => {}
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

/// Asks for holds on the message's conversation and its sender.
pub(super) async fn unheld(tenant: &TenantStore, message: &Message) -> Result<Unheld> {
    let sender = message.sender_id.map(Id::object_id);
    Unheld::ask(
        tenant,
        sender
            .into_iter()
            .chain([message.conversation_id.object_id()]),
    )
    .await
}

async fn attempt(
    tenant: &TenantStore,
    message: &Entity<Message>,
    access: &Access,
    rule: Rule,
    unheld: Unheld,
) -> Result<(), AppendError> {
    let handle = tenant.clone();
    let id = message.id;
    let by = access.acting_user();
    let guard = access.guard(rule, move |_| {
        let mut batch = handle.batch();
        unheld.heed(&mut batch);
        batch.update(id, wiping(by, &unheld));
        Ok(batch)
    });
    let record = about(RecordKind::Deletion, by, message);
    append(tenant, record, access.head, guard).await.map(drop)
}

/// Makes a message a tombstone. Its batch must heed `_unheld`.
pub(in crate::messaging) fn wiping(by: Option<Id<User>>, _unheld: &Unheld) -> Update<Message> {
    let wiped = Changes::new()
        .clear(Message::content)
        .clear(Message::attachments)
        .clear(Message::metadata)
        .clear(Message::reactions)
        .clear(Message::history)
        .clear(Message::fingerprint)
        .set(Message::changed_seq, Seq::Assigned);
    Update::of(wiped).deleting(marked_by(by))
}
