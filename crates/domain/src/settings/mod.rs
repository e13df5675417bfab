//! What a tenant decides for itself.

mod collections;
mod fields;
mod get;
mod update;

pub use collections::{History, PresenceVisibility, TenantSettings};
pub use fields::{Settings, SettingsChanges};
pub use get::{CurrentSettings, get};
pub use update::update;

use store::{Collection, Declaration};

/// The collections of the room.
pub(crate) const COLLECTIONS: &[&Declaration] = &[TenantSettings::DECLARATION];
