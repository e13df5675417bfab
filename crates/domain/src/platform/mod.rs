//! Tenants, their applications and keys, and the door that tells who calls.

mod application_id;
mod collections;
mod key_text;
mod scopes;
mod vault;

pub use application_id::{parse_application, show_application};
pub use collections::{ApiKey, Application, ApplicationSettings, Client, ClientStatus, SigningSecret, Tier};
pub use scopes::{Scope, Scopes};
pub use vault::{Bound, Sealed, Vault};

use store::{Collection, Declaration};

/// The collections of the room.
pub(crate) const COLLECTIONS: &[&Declaration] = &[Client::DECLARATION, Application::DECLARATION, ApiKey::DECLARATION];
