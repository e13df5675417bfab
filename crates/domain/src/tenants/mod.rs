//! Tenants, their applications and API keys.

pub(crate) mod api_key;
pub(crate) mod application;
mod collections;
mod scopes;
pub(crate) mod signing_secret;
pub(crate) mod tenant;

use store::{Collection, Declaration};

pub(crate) use api_key::show_hash;
pub use api_key::{CreatedKey, NewKey, create_key, get_key_of, list_keys, revoke_key, rotate_key};
pub use application::{
    ApplicationChanges, NewApplication, create_application, get_application, get_application_of,
    list_applications, parse_application, revoke_application_tokens, show_application,
    update_application,
};
pub use collections::{
    ApiKey, Application, ApplicationSettings, SigningSecret, Tenant, TenantStatus,
};
pub use scopes::{Scope, Scopes};
pub use signing_secret::{OpenSecret, opens_secrets, rotate_secret, signing_secret};
pub use tenant::{
    NewTenant, TenantChanges, TenantFilter, Tier, create_tenant, find_tenants, finish_provisioning,
    get_tenant, list_tenants, ready, resume, suspend, tenant_id, update_tenant,
};

/// Collections of the module.
pub(crate) const COLLECTIONS: &[&Declaration] = &[
    Tenant::DECLARATION,
    Application::DECLARATION,
    ApiKey::DECLARATION,
];
