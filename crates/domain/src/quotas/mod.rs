//! How much users have of what is bounded: counts that are changed in the
//! batch of what they count, so that no bound is passed by those who race.

mod change;
mod collections;
mod counted;

pub(crate) use change::{Name, Outrun, Quotas};
pub use collections::Quota;
pub use counted::Counted;

use store::{Collection, Declaration};

/// The collections of the room.
pub(crate) const COLLECTIONS: &[&Declaration] = &[Quota::DECLARATION];
