//! Who takes part in a conversation.

mod add;
mod blocks;
mod join;
mod leave;
mod list;
mod note;
mod part;
mod quota;
mod remove;
mod set_role;

pub use add::add;
pub(super) use blocks::check_blocks;
pub use join::join;
pub use leave::leave;
pub use list::list;
pub(super) use note::note_joined;
pub use part::{Part, parts};
pub(super) use quota::check_quota;
pub(super) use remove::go;
pub use remove::remove;
pub use set_role::set_role;

use base::{Code, Failure, Id, Result};
use store::{Entity, Tenant};

use super::access::membership;
use super::collections::{Conversation, ConversationType, Participant};
use crate::users::User;

/// Times that a change is tried against others.
const TRIES: usize = 5;

fn not_found() -> Failure {
    Failure::new(Code::ParticipantNotFound, "There is no such participant.")
}

/// Two users are what a direct conversation is.
fn refuse_direct(conversation: &Conversation) -> Result<()> {
    if conversation.r#type == ConversationType::Direct {
        return Err(Failure::new(
            Code::StateConflict,
            "A direct conversation has exactly its two users; begin a group instead.",
        ));
    }
    Ok(())
}

async fn part_of(
    tenant: &Tenant,
    conversation: Id<Conversation>,
    user: Id<User>,
) -> Result<Option<Entity<Participant>>> {
    Ok(tenant.find(membership(conversation, user)).await?)
}
