//! Tenants, their applications and keys, and the door that tells who calls.

mod collections;
mod vault;

pub use collections::{ApiKey, Application, ApplicationSettings, Client, ClientStatus, SigningSecret, Tier};

use store::{Collection, Declaration};

/// The collections of the room.
pub(crate) const COLLECTIONS: &[&Declaration] = &[Client::DECLARATION, Application::DECLARATION, ApiKey::DECLARATION];
