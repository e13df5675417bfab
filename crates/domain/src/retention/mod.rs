//! How long messages are kept, and legal holds that keep them longer.

mod collections;
mod conversation_round;
mod forget_rule;
mod get;
mod holds;
mod run;
mod set;
#[cfg(test)]
mod tests;

pub use collections::{Rule, Subject};
pub(crate) use forget_rule::forget_rule;
pub use get::get;
pub(crate) use holds::Holds;
pub use run::Run;
pub use set::{Wanted, set};

use base::{Id, ObjectId, TenantId};
use store::{Collection, Declaration};

use crate::messaging::Conversation;
use crate::users::User;

/// The collections of the room.
pub(crate) const COLLECTIONS: &[&Declaration] = &[Rule::DECLARATION];

/// Whose rule.
#[derive(Debug, Clone, Copy)]
pub enum Whose {
    /// The tenant's.
    Tenant(TenantId),
    /// A conversation's.
    Conversation(Id<Conversation>),
    /// A user's.
    User(Id<User>),
}

impl Whose {
    fn id(self) -> Id<Rule> {
        let id: ObjectId = match self {
            Self::Tenant(tenant) => tenant.object_id(),
            Self::Conversation(conversation) => conversation.object_id(),
            Self::User(user) => user.object_id(),
        };
        Id::new(id)
    }

    const fn subject(self) -> Subject {
        match self {
            Self::Tenant(_) => Subject::Tenant,
            Self::Conversation(_) => Subject::Conversation,
            Self::User(_) => Subject::User,
        }
    }
}
