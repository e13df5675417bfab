//! Typing indicators: written on the node that the user is connected to, and
//! sent to the followers of the conversation on every node.

mod observer;
mod writer;

use base::{Id, TenantId};
use domain::messaging::Conversation;
use domain::users::User;

pub(crate) use observer::{TypingChange, TypingTracker, expire};
pub(crate) use writer::{Writer, end_all};

/// A user in a conversation.
pub(crate) type Key = (TenantId, Id<Conversation>, Id<User>);
