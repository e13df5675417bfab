//! The complete deletion of a user: a small commit shuts them out, a
//! resumable job does the rest as the declarations say.

mod collections;
mod conversations;
mod counts;
mod documents;
mod found;
mod get;
mod look_again;
mod request;
mod run;
#[cfg(test)]
mod tests;

pub use collections::{ErasedDocuments, Erasure, ErasureStatus, Stage};
pub use get::get;
pub use look_again::look_again;
pub use request::request;
pub use run::ErasureJob;

use store::{Collection, Declaration};

/// The collections of the room.
pub(crate) const COLLECTIONS: &[&Declaration] = &[Erasure::DECLARATION];
