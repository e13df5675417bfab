//! What apps keep for users: one JSON value under each key.

mod collections;
mod delete;
mod get;
mod key;
mod list;
mod put;
#[cfg(test)]
mod tests;

pub use collections::AppDatum;
pub use delete::delete;
pub use get::get;
pub use key::{AppKey, Expected};
pub use list::list;
pub use put::{Put, put};

use store::{Collection, Declaration};

/// The collections of the room.
pub(crate) const COLLECTIONS: &[&Declaration] = &[AppDatum::DECLARATION];
