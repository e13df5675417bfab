//! What a tenant decides for itself.

mod collections;
mod get;
mod update;

pub use collections::{History, TenantSettings};
pub use get::get;
pub use update::{SettingsChanges, update};

use store::{Collection, Declaration};

/// The collections of the room.
pub(crate) const COLLECTIONS: &[&Declaration] = &[TenantSettings::DECLARATION];
