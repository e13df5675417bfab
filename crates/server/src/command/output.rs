//! Platform objects in the output of commands, in the format of the API.

use domain::admins::PlatformAdmin;
use domain::erasure::Erasure;
use domain::tenants::{self, Tenant};
use serde_json::Value;
use store::Entity;

use super::Output;

/// Returns a tenant.
pub fn tenant(tenant: &Entity<Tenant>) -> Output {
    to_output(&wire::Tenant::from(tenant))
}

/// Returns an application with its settings, without its secret.
pub fn application(application: &Entity<tenants::Application>) -> Output {
    to_output(&wire::admin::AdminApplication::of(application, None))
}

/// Returns an API key without the key itself.
pub fn key(key: &Entity<tenants::ApiKey>) -> Output {
    to_output(&wire::ApiKey::of(key, None))
}

/// Returns an admin.
pub fn admin(admin: &Entity<PlatformAdmin>) -> Output {
    to_output(&wire::admin::Admin::from(admin))
}

/// Returns an erasure with its report.
pub fn erasure(erasure: &Entity<Erasure>) -> Output {
    to_output(&wire::Erasure::of(erasure))
}

fn to_output(object: &impl serde::Serialize) -> Output {
    serde_json::to_value(object).unwrap_or(Value::Null)
}
