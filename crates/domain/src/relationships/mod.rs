//! How users stand to each other: friends, requests, blocks. Each pair has two
//! documents, one a side, always written together.

mod block;
mod blocks;
mod change;
mod collections;
mod count;
mod forget;
mod list;
mod note;
mod pair;
#[cfg(test)]
mod tests;

pub use block::{SyncBlockFlag, blocked_among, friends_among, require_reachable, require_visible};
pub(crate) use block::{apart, refused};
pub use blocks::{BlockedUsers, Blocks, blocks_of};
pub use change::{RelationshipAction, change};
pub use collections::{Relationship, State};
pub(crate) use forget::forget;
pub use list::{get, list};
pub use note::{RelationshipNotes, remark};
pub(crate) use pair::Pair;

use store::{Collection, Declaration};

/// The collections of the room.
pub(crate) const COLLECTIONS: &[&Declaration] = &[Relationship::DECLARATION];
