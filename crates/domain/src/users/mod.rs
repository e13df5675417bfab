//! The people of a tenant.

mod collections;

pub use collections::User;

use store::{Collection, Declaration};

/// The collections of the room.
pub(crate) const COLLECTIONS: &[&Declaration] = &[User::DECLARATION];
