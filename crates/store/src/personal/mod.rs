//! What a collection says of the people in it; deletion and export are
//! derived from it.

mod declared;
mod erase;
mod lines;
mod rows;

pub use declared::{ErasureAction, PersonalDecl};
pub use erase::Erased;
pub use lines::PersonalLine;
pub use rows::PersonalRows;
