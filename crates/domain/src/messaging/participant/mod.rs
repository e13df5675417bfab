//! Who takes part in a conversation.

mod add;
mod blocks;
mod hand_over;
mod join;
mod leave;
mod list;
mod note;
mod owners;
mod part;
mod quota;
mod remove;
mod set_role;

pub use add::add;
pub(super) use blocks::check_blocks;
pub use hand_over::{delete_user, hand_over};
pub use join::join;
pub use leave::leave;
pub use list::list;
pub(super) use note::note_joined;
pub(super) use owners::is_last_owner;
pub use part::{Membership, parts};
pub(super) use quota::check_quota;
pub use remove::remove;
pub(super) use remove::{expel, expel_with};
pub use set_role::set_role;

use base::{Error, ErrorCode, Id, Result};
use store::{AppendError, Entity, Row, TenantStore};

use super::access::membership;
use super::collections::{Conversation, ConversationType, Message, Participant, RecordKind};
use crate::users::User;

/// Times that a change is tried against others.
const TRIES: usize = 5;

fn not_found() -> Error {
    Error::new(
        ErrorCode::ParticipantNotFound,
        "There is no such participant.",
    )
}

/// Two users are what a direct conversation is.
pub(super) fn refuse_direct(conversation: &Conversation) -> Result<()> {
    if conversation.r#type == ConversationType::Direct {
        return Err(Error::new(
            ErrorCode::StateConflict,
            "A direct conversation has exactly its two users; begin a group instead.",
        ));
    }
    Ok(())
}

/// Fails if one of these records is about a user's part or ban, which was read
/// before: by [`look_again`] it is read again.
pub(super) fn require_unchanged(since: &[&Row], user: Id<User>) -> Result<()> {
    let concerns = |row: &&Row| {
        let kind = row.read(Message::kind);
        matches!(kind, Some(RecordKind::Participant | RecordKind::Ban))
            && row.read(Message::user_id) == Some(user)
    };
    if since.iter().any(concerns) {
        return Err(Error::new(
            ErrorCode::Unavailable,
            "Others are changing the same participant; try again shortly.",
        ));
    }
    Ok(())
}

/// What an append says whose guard found that something must be read again.
pub(super) fn look_again(error: AppendError) -> AppendError {
    match error {
        AppendError::Refused(failure) if failure.code == ErrorCode::Unavailable => {
            AppendError::Behind
        }
        error => error,
    }
}

pub(super) async fn part_of(
    tenant: &TenantStore,
    conversation: Id<Conversation>,
    user: Id<User>,
) -> Result<Option<Entity<Participant>>> {
    Ok(tenant.find(membership(conversation, user)).await?)
}
