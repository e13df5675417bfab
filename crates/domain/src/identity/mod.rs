//! Who there is: the document of a user, and how requests name it. What all
//! rooms must know of users, those included that users themselves stand on.

mod collections;
mod resolve;

pub use collections::User;
pub(crate) use resolve::{not_found, resolve_even_deleted};
pub use resolve::{resolve, resolve_many};

use store::{Collection, Declaration};

/// The collections of the room.
pub(crate) const COLLECTIONS: &[&Declaration] = &[User::DECLARATION];
