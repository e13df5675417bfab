//! What became of a message, per user, derived from the watermarks.

use base::{Id, Result, limit};
use store::TenantStore;

use super::access::Access;
use super::collections::{Message, Participant};
use super::mark::{Receipts, shown_marks};
use super::message::get as get_message;
use crate::actor::Actor;
use crate::users::User;

/// How far a message has come for one user. Never goes backward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Stored.
    Sent,
    /// A device has it.
    Delivered,
    /// The user has read it.
    Read,
}

/// One user's status of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageStatus {
    /// Whose.
    pub user: Id<User>,
    /// How far it has come.
    pub status: Status,
}

/// A message's status for each participant but its sender; for the actor
/// alone where more than [`limit::MARKS_SHOWN_PARTICIPANTS`] take part.
///
/// # Errors
/// 404 `message_not_found`, 403 `not_a_participant` for who takes part no more.
pub async fn status(
    tenant: &TenantStore,
    actor: Actor,
    id: Id<Message>,
) -> Result<Vec<MessageStatus>> {
    let (message, access) = get_message(tenant, actor, id).await?;
    access.require_present()?;
    let users = users(tenant, &access).await?;
    let marks = shown_marks(tenant, &access, &users).await?;
    let others = users
        .into_iter()
        .filter(|user| message.sender_id != Some(*user));
    Ok(others
        .map(|user| MessageStatus {
            user,
            status: derived(marks.get(&user), message.seq),
        })
        .collect())
}

async fn users(tenant: &TenantStore, access: &Access) -> Result<Vec<Id<User>>> {
    let shown = i64::try_from(limit::MARKS_SHOWN_PARTICIPANTS).unwrap_or(i64::MAX);
    if access.conversation.participant_count > shown {
        return Ok(access.acting_user().into_iter().collect());
    }
    let query = Participant::by_conversation
        .eq(Participant::conversation_id, access.conversation.id)
        .eq(Participant::is_active, true);
    let page = tenant
        .list(query.limit(limit::MARKS_SHOWN_PARTICIPANTS))
        .await?;
    Ok(page.items.into_iter().map(|part| part.user_id).collect())
}

fn derived(marks: Option<&Receipts>, seq: i64) -> Status {
    match marks {
        Some(marks) if marks.read_seq >= seq => Status::Read,
        Some(marks) if marks.delivered_seq >= seq => Status::Delivered,
        _ => Status::Sent,
    }
}
