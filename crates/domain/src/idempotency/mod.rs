//! Requests that may be repeated without doing their work twice.

mod attempt;
mod collections;

pub use attempt::{Attempt, Replay};
pub use collections::IdempotencyKey;

use store::{Collection, Declaration};

/// The collections of the room.
pub(crate) const COLLECTIONS: &[&Declaration] = &[IdempotencyKey::DECLARATION];
