//! The people of a tenant.

mod collections;
mod resolve;

pub use collections::User;
pub use resolve::{resolve, resolve_many};

use store::{Collection, Declaration};

/// The collections of the room.
pub(crate) const COLLECTIONS: &[&Declaration] = &[User::DECLARATION];
