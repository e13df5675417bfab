//! What a tenant decides for itself.

mod collections;

pub use collections::{History, TenantSettings};

use store::{Collection, Declaration};

/// The collections of the room.
pub(crate) const COLLECTIONS: &[&Declaration] = &[TenantSettings::DECLARATION];
