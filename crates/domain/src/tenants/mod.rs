//! Tenants, their applications and API keys.

mod application_id;
mod collections;
mod create_application;
mod create_key;
mod create_tenant;
mod get_application;
pub(crate) mod get_tenant;
pub(crate) mod key_text;
mod list_keys;
mod list_tenants;
mod opens_secrets;
pub(crate) mod origins;
mod provision;
mod ready;
mod revoke_application_tokens;
mod revoke_key;
mod rotate_secret;
mod scopes;
pub(crate) mod signing_secret;
mod suspend;
mod tier;
mod update_application;

pub use application_id::{parse_application, show_application};
pub use collections::{
    ApiKey, Application, ApplicationSettings, SigningSecret, Tenant, TenantStatus,
};
pub use create_application::{NewApplication, create_application};
pub use create_key::{CreatedKey, NewKey, create_key};
pub use create_tenant::{NewTenant, create_tenant};
pub use get_application::{get_application, list_applications};
pub use get_tenant::{get_tenant, tenant_id};
pub use list_keys::list_keys;
pub use list_tenants::list_tenants;
pub use opens_secrets::opens_secrets;
pub use provision::finish_provisioning;
pub use ready::ready;
pub use revoke_application_tokens::revoke_application_tokens;
pub use revoke_key::revoke_key;
pub use rotate_secret::rotate_secret;
pub use scopes::{Scope, Scopes};
pub use signing_secret::{OpenSecret, signing_secret};
pub use suspend::{resume, suspend};
pub use tier::Tier;
pub use update_application::{ApplicationChanges, update_application};

pub(crate) use key_text::show_hash;
use origins::canonical_origins;
use store::{Collection, Declaration};

/// The collections of the module.
pub(crate) const COLLECTIONS: &[&Declaration] = &[
    Tenant::DECLARATION,
    Application::DECLARATION,
    ApiKey::DECLARATION,
];
