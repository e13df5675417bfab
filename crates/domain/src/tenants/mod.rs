//! Tenants, their applications and API keys.

pub(crate) mod api_key;
pub(crate) mod application;
mod collections;
mod manage;
mod publishable_key;
mod scopes;
pub(crate) mod secret_text;
pub(crate) mod signing_secret;
pub(crate) mod tenant;

use store::{Collection, Declaration};

pub use api_key::{CreatedKey, NewKey, create_key, get_key_of, list_keys, revoke_key, rotate_key};
pub use application::{
    ApplicationChanges, NewApplication, create_application, get_application, get_application_of,
    list_applications, parse_application, revoke_application_tokens, show_application,
    update_application,
};
pub use collections::{
    ApiKey, Application, ApplicationSettings, SigningSecret, Tenant, TenantStatus,
};
pub use manage::{TenantChanges, TenantFilter, find_tenants, update_tenant};
pub use publishable_key::{parse_publishable_key, publishable_key};
pub use scopes::{Scope, Scopes};
pub(crate) use secret_text::{push_secret, show_hash};
pub use signing_secret::{OpenSecret, opens_secrets, rotate_secret, signing_secret};
pub use tenant::{
    NewTenant, Tier, create_tenant, create_tenant_in, finish_provisioning, get_tenant,
    list_tenants, ready, resume, suspend, tenant_id,
};

/// Collections of the module.
pub(crate) const COLLECTIONS: &[&Declaration] = &[
    Tenant::DECLARATION,
    Application::DECLARATION,
    ApiKey::DECLARATION,
];
