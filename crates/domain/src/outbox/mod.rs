//! What must follow a write elsewhere: written in the batch of its cause,
//! done soon after by whichever server takes its lease, at least once and
//! under the same id each time.

mod collections;
mod task;

pub use collections::{Outbox, TaskKind};
pub use task::{Task, put};

use store::{Collection, Declaration};

/// The collections of the room.
pub(crate) const COLLECTIONS: &[&Declaration] = &[Outbox::DECLARATION];
