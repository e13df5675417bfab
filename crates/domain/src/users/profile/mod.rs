//! What a user tells of themselves.

mod collections;
mod get;
mod update;

pub use collections::Profile;
pub use get::{get, get_many};
pub use update::{ProfileContent, update};
