//! Platform objects in the output of commands, in the format of the API.

use domain::erasure::Erasure;
use domain::tenants::{self, Tenant, TenantStatus, show_application, tenant_id};
use serde_json::Value;
use store::Entity;

use super::Output;

/// Returns a tenant.
pub fn tenant(tenant: &Entity<Tenant>) -> Output {
    to_output(&wire::Tenant {
        id: tenant_id(tenant.id),
        name: tenant.name.clone(),
        description: tenant.description.clone(),
        plan: tenant.plan.clone(),
        status: match tenant.status {
            TenantStatus::Provisioning => wire::TenantStatus::Provisioning,
            TenantStatus::Active => wire::TenantStatus::Active,
            TenantStatus::Suspended => wire::TenantStatus::Suspended,
        },
        tier: match tenant.tier {
            tenants::Tier::Free => wire::Tier::Free,
            tenants::Tier::Starter => wire::Tier::Starter,
            tenants::Tier::Pro => wire::Tier::Pro,
            tenants::Tier::Enterprise => wire::Tier::Enterprise,
        },
        created_at: tenant.created_at,
        updated_at: tenant.updated_at,
        version: tenant.version,
    })
}

/// Returns an application with its settings, without its secret.
pub fn application(application: &Entity<tenants::Application>) -> Output {
    let id = show_application(application.id);
    let version = application
        .secrets
        .0
        .last()
        .map_or(0, |secret| secret.version);
    let mut output = to_output(&wire::Application {
        key_id: format!("{id}.{version}"),
        id,
        tenant_id: application.tenant_id,
        name: application.name.clone(),
        origins: application.origins.0.clone(),
        publishable_key: tenants::publishable_key(application.id),
        signing_secret: None,
        created_at: application.created_at,
        updated_at: application.updated_at,
        version: application.version,
    });
    output["settings"] =
        serde_json::json!({ "token_seconds": application.settings.0.token_seconds });
    output
}

/// Returns an API key without the key itself.
pub fn key(key: &Entity<tenants::ApiKey>) -> Output {
    to_output(&wire::ApiKey {
        id: key.id.to_string(),
        application_id: show_application(key.application_id),
        name: key.name.clone(),
        last4: key.last4.clone(),
        scopes: key.scopes.0.clone(),
        key: None,
        expires_at: key.expires_at,
        last_used_at: key.last_used_at,
        revoked_at: key.revoked_at,
        created_at: key.created_at,
    })
}

/// Returns an erasure with its report.
pub fn erasure(erasure: &Entity<Erasure>) -> Output {
    to_output(&wire::Erasure::of(erasure))
}

fn to_output(object: &impl serde::Serialize) -> Output {
    serde_json::to_value(object).unwrap_or(Value::Null)
}
