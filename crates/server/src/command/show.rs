//! Platform objects as commands answer them: the same shape as on the wire.

use domain::erasure::Erasure;
use domain::tenants::{self, Tenant, TenantStatus, show_application, tenant_id};
use serde_json::Value;
use store::Entity;

use super::Answer;

/// A tenant.
pub fn tenant(client: &Entity<Tenant>) -> Answer {
    answer(&wire::Tenant {
        id: tenant_id(client.id),
        name: client.name.clone(),
        description: client.description.clone(),
        plan: client.plan.clone(),
        status: match client.status {
            TenantStatus::Provisioning => wire::TenantStatus::Provisioning,
            TenantStatus::Active => wire::TenantStatus::Active,
            TenantStatus::Suspended => wire::TenantStatus::Suspended,
        },
        tier: match client.tier {
            tenants::Tier::Free => wire::Tier::Free,
            tenants::Tier::Starter => wire::Tier::Starter,
            tenants::Tier::Pro => wire::Tier::Pro,
            tenants::Tier::Enterprise => wire::Tier::Enterprise,
        },
        created_at: client.created_at,
        updated_at: client.updated_at,
        version: client.version,
    })
}

/// An application with its settings, without its secret.
pub fn application(application: &Entity<tenants::Application>) -> Answer {
    let id = show_application(application.id);
    let version = application
        .secrets
        .0
        .last()
        .map_or(0, |secret| secret.version);
    let mut shown = answer(&wire::Application {
        key_id: format!("{id}.{version}"),
        id,
        tenant_id: application.tenant_id,
        name: application.name.clone(),
        origins: application.origins.0.clone(),
        signing_secret: None,
        created_at: application.created_at,
        updated_at: application.updated_at,
        version: application.version,
    });
    shown["settings"] =
        serde_json::json!({ "token_seconds": application.settings.0.token_seconds });
    shown
}

/// An API key, without the key itself.
pub fn key(key: &Entity<tenants::ApiKey>) -> Answer {
    answer(&wire::ApiKey {
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

/// An erasure with its report.
pub fn erasure(erasure: &Entity<Erasure>) -> Answer {
    answer(&wire::Erasure::of(erasure))
}

fn answer(object: &impl serde::Serialize) -> Answer {
    serde_json::to_value(object).unwrap_or(Value::Null)
}
