//! Sending, editing and deleting messages.

mod draft;
mod edit;
mod send;
mod sender;

pub use draft::{Draft, PLAIN_TYPE};
pub(super) use edit::tombstone_changes;
pub use edit::{EditedMessage, delete, edit};
pub use send::{Sent, send};
pub(super) use send::{queue_each, send_as};
pub use sender::MessageSender;

use base::{Error, ErrorCode, Id, Result};
use store::{Entity, TenantStore};

use super::access::{Access, open_id};
use super::collections::{Message, RecordKind};
use crate::actor::Actor;

/// Returns the error for a message that does not exist or that the actor may not know of.
pub(in crate::messaging) fn not_found() -> Error {
    Error::new(ErrorCode::MessageNotFound, "There is no such message.")
}

/// Returns a message that the actor may read, including tombstones, with access to its
/// conversation.
///
/// # Errors
/// 404 `message_not_found` if it does not exist or the actor may not read it.
pub async fn get(
    tenant: &TenantStore,
    actor: Actor,
    id: Id<Message>,
) -> Result<(Entity<Message>, Access)> {
    let found = tenant
        .get(id)
        .await?
        .filter(|message| message.kind == RecordKind::Message);
    let conversation = found.ok_or_else(not_found)?.conversation_id;
    let access = open_id(tenant, actor, conversation).await.map_err(hidden)?;
    // Read again after the head of the access, so that guards can build on it.
    let message = tenant.get(id).await?.ok_or_else(not_found)?;
    if access.may_read(message.seq) && !access.is_hidden(&message) {
        Ok((access.seen(message), access))
    } else {
        Err(not_found())
    }
}

/// Maps an inaccessible conversation to an unknown message.
fn hidden(failure: Error) -> Error {
    if failure.code == ErrorCode::ConversationNotFound {
        not_found()
    } else {
        failure
    }
}
