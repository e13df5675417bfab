//! Bans: who may not take part in a group or channel until somebody lifts it.
//!
//! Whoever comes in reads the ban behind the head that their guard goes by,
//! and the guard refuses to go on when a record since is about them: so a ban
//! that is answered is one that nobody comes in behind.

mod collections;
mod lift;
mod list;
mod set;

pub use collections::Ban;
pub use lift::lift;
pub use list::list;
pub use set::{NewBan, set};

use base::{Error, ErrorCode, Id, Result};
use store::{Entity, Query, TenantStore};

use super::collections::Conversation;
use crate::users::User;

/// Times that a change is tried against others.
const TRIES: usize = 10;

fn not_banned() -> Error {
    Error::new(
        ErrorCode::BanNotFound,
        "The user is not banned from this conversation.",
    )
}

/// The question for one user's ban from one conversation.
fn of_user(conversation: Id<Conversation>, user: Id<User>) -> Query<Ban> {
    Ban::by_conversation
        .eq(Ban::conversation_id, conversation)
        .eq(Ban::user_id, user)
}

/// Returns a user's ban from a conversation, if there is one.
pub(super) async fn find(
    tenant: &TenantStore,
    conversation: Id<Conversation>,
    user: Id<User>,
) -> Result<Option<Entity<Ban>>> {
    Ok(tenant.find(of_user(conversation, user)).await?)
}

/// Lets a user come in who is not banned.
///
/// # Errors
/// 403 `user_banned`.
pub(super) async fn refuse(
    tenant: &TenantStore,
    conversation: Id<Conversation>,
    user: Id<User>,
) -> Result<()> {
    match find(tenant, conversation, user).await? {
        None => Ok(()),
        Some(ban) => Err(banned(&ban)),
    }
}

fn banned(ban: &Ban) -> Error {
    let until = ban
        .ends_at()
        .map(|end| format!(" until {end}"))
        .unwrap_or_default();
    let told = format!(
        "The user {} is banned from this conversation{until}.",
        ban.user_id
    );
    Error::new(ErrorCode::UserBanned, told)
}
