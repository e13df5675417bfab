//! Typing indicators, written by the user's node and sent to subscribers on every node.

mod tracker;
mod writer;

use base::{Id, TenantId};
use domain::messaging::Conversation;
use domain::users::User;

pub(crate) use tracker::{TypingChange, TypingTracker, expire};
pub(crate) use writer::{Writer, end_all};

/// A user in a conversation.
pub(crate) type Key = (TenantId, Id<Conversation>, Id<User>);
