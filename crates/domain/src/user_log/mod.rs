//! What a user's devices must learn although it happens in no conversation
//! that they follow: a dense log per user, written from the outbox.

mod collections;
mod event;
mod read;
mod tell;
mod write;

pub use collections::UserRecord;
pub use event::UserEvent;
pub use read::{UserLog, head, log_after, records};
pub use tell::{Tell, tell};
pub use write::write;

use store::{Collection, Declaration};

/// The collections of the room.
pub(crate) const COLLECTIONS: &[&Declaration] = &[UserRecord::DECLARATION];
