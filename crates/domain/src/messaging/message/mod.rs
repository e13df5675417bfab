//! Sending, editing and deleting messages.

mod draft;
mod edit;
mod send;
mod sender;

pub use draft::{Draft, PLAIN_TYPE};
pub(super) use edit::wiping;
pub use edit::{EditedMessage, delete, edit};
pub use send::{Sent, send};
pub(super) use send::{queue_each, send_as};
pub use sender::MessageSender;

use base::{Error, ErrorCode, Id, Result};
use store::{Entity, TenantStore};

use super::access::{Access, open_id};
use super::collections::{Message, RecordKind};
use crate::actor::Actor;

/// Says that there is no such message, whether there is one or not.
pub(in crate::messaging) fn not_found() -> Error {
    Error::new(ErrorCode::MessageNotFound, "There is no such message.")
}

/// A message that the actor may read, tombstones included, and the
/// conversation it stands in.
///
/// # Errors
/// 404 `message_not_found` when there is none, or none the actor may read.
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
    // Read again behind the head that the access saw, so that guards may build on it.
    let message = tenant.get(id).await?.ok_or_else(not_found)?;
    if access.may_read(message.seq) {
        Ok((access.seen(message), access))
    } else {
        Err(not_found())
    }
}

/// A message of a conversation that the actor may not know of is itself unknown.
fn hidden(failure: Error) -> Error {
    if failure.code == ErrorCode::ConversationNotFound {
        not_found()
    } else {
        failure
    }
}
