//! What a tenant decides for itself.

mod collections;
mod get;

pub use collections::{History, TenantSettings};
pub use get::get;

use store::{Collection, Declaration};

/// The collections of the room.
pub(crate) const COLLECTIONS: &[&Declaration] = &[TenantSettings::DECLARATION];
