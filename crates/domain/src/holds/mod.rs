//! Legal holds: the rules that set them, and the question that every write
//! asks which removes or overwrites content.

mod collections;
mod held;
mod rule;
mod unheld;

pub use collections::{Rule, Subject};
pub(crate) use held::Holds;
pub(crate) use rule::{get, made, none};
pub(crate) use unheld::{Unheld, held};

use store::{Collection, Declaration};

/// The collections of the room.
pub(crate) const COLLECTIONS: &[&Declaration] = &[Rule::DECLARATION];
