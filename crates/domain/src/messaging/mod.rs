//! Conversations, participants, messages.

use store::Declaration;

/// The collections of the room.
pub(crate) const COLLECTIONS: &[&Declaration] = &[];
