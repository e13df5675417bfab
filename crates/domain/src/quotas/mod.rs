//! How much users have of what is bounded: counts that are changed in the
//! batch of what they count, so that no bound is passed by those who race.

mod change;
mod collections;
mod counted;

pub(crate) use change::{CommitConflict, Name, Quotas};
pub use collections::Quota;
pub use counted::QuotaKind;

use store::{Collection, Declaration};

/// The collections of the room.
pub(crate) const COLLECTIONS: &[&Declaration] = &[Quota::DECLARATION];
