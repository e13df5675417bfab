//! Personal data in collections; erasure and export are derived from its declaration.

mod declared;
mod erase;
mod lines;
mod rows;

pub use declared::{ErasureAction, PersonalDecl};
pub use erase::Erased;
pub use lines::PersonalLine;
pub use rows::PersonalRows;
