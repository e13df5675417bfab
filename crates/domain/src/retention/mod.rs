//! How long messages are kept, and legal holds that keep them longer.

mod conversation_round;
mod forget_rule;
mod get;
mod refuse;
mod run;
mod set;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod ways;

pub use crate::holds::{Rule, Subject};
pub(crate) use forget_rule::forget_rule;
pub use get::get;
pub(crate) use refuse::refuse_for;
pub use run::Run;
pub use set::{Wanted, set};

use crate::messaging::Conversation;
use crate::users::User;
use base::{Id, ObjectId, TenantId};

/// Whose rule.
#[derive(Debug, Clone, Copy)]
pub enum RetentionSubject {
    /// The tenant's.
    Tenant(TenantId),
    /// A conversation's.
    Conversation(Id<Conversation>),
    /// A user's.
    User(Id<User>),
}

impl RetentionSubject {
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
