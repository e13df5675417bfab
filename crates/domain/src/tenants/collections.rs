use base::{Id, TenantId, Timestamp};
use store::Json;

use super::tenant::Tier;
use crate::key_ring::Sealed;

store::string_enum! {
    /// Lifecycle status of a tenant.
    pub enum TenantStatus {
        /// The tenant's partition is being created; the tenant cannot be used yet.
        Provisioning = "provisioning",
        /// The tenant can be used.
        Active = "active",
        /// All requests fail with 403 `tenant_suspended`.
        Suspended = "suspended",
    }
}

store::collection! {
    /// A SaaS company that uses the platform.
    pub struct Tenant: PlatformData "saas_clients" {
        /// Display name, set by the operator.
        name: String,
        /// Description, set by the operator.
        description: Option<String>,
        /// Name of the billing plan; defaults to the name of the tier.
        plan: String,
        /// `provisioning`, `active` or `suspended`.
        status: TenantStatus,
        /// `free`, `starter`, `pro` or `enterprise`.
        tier: Tier,
    }
    watched: true;
    indexes {
        /// Lists all tenants, oldest first.
        by_created: None [created_at];
        /// Finds tenants whose creation was interrupted.
        by_status: None [status, created_at];
        /// Lists the tenants of a tier, oldest first.
        by_tier: None [tier, created_at];
        /// Lists the tenants with a plan, oldest first.
        by_plan: None [plan, created_at];
        /// Lists tenants by name.
        by_name: None [name];
    }
    personal: none("a tenant is not a user");
}

store::collection! {
    /// An application of a tenant, with its origins and signing secrets.
    pub struct Application: PlatformData "applications" {
        /// Tenant of the application.
        tenant_id: TenantId,
        /// Display name, set by the tenant.
        name: String,
        /// Origins from which browsers may call, such as `https://app.example`; an empty list
        /// allows all.
        origins: Json<Vec<String>>,
        /// Settings of the application.
        settings: Json<ApplicationSettings>,
        /// Encrypted secrets that sign user tokens, newest last.
        secrets: Json<Vec<SigningSecret>>,
        /// Time before which issued user tokens are revoked.
        tokens_revoked_before: Option<Timestamp>,
        /// Number of revocations of all tokens. Tokens minted by the server contain it. Absent
        /// before the first revocation.
        token_generation: Option<i64>,
    }
    watched: true;
    indexes {
        /// Lists a tenant's applications, oldest first.
        by_tenant: None [tenant_id, created_at];
    }
    personal: none("an application is not a user");
}

/// Settings of an application.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ApplicationSettings {
    /// Maximum lifetime of a user token, in seconds.
    pub token_seconds: i64,
}

impl Default for ApplicationSettings {
    fn default() -> Self {
        Self {
            token_seconds: 24 * 60 * 60,
        }
    }
}

/// One version of the secret that signs user tokens.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct SigningSecret {
    /// Version number, starting at 1; part of the `kid` header of tokens.
    pub version: u32,
    /// Encrypted secret.
    pub sealed: Sealed,
    /// Time from which the secret is not accepted; absent for the newest secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
}

store::collection! {
    /// An API key, used by a tenant's server.
    pub struct ApiKey: PlatformData "api_keys" {
        /// Tenant of the key.
        tenant_id: TenantId,
        /// Application of the key.
        application_id: Id<Application>,
        /// Display name, set by the tenant.
        name: String,
        /// Slot among the two active keys of this name; absent if the key is revoked.
        slot: Option<i64>,
        /// SHA-256 of the key, in hexadecimal.
        hash: String,
        /// Last four characters of the key, for display.
        last4: String,
        /// Granted scopes.
        scopes: Json<Vec<String>>,
        /// Expiry. An expired key stays stored, so that its use is distinguished from that of an
        /// unknown key.
        expires_at: Option<Timestamp>,
        /// Time of the revocation.
        revoked_at: Option<Timestamp>,
        /// Time of the last use, to the minute.
        last_used_at: Option<Timestamp>,
    }
    watched: true;
    indexes {
        /// Finds a key by the hash of its text.
        by_hash: Unique [hash];
        /// Lists the keys of a tenant or of one application.
        by_application: None [tenant_id, application_id];
        /// Allows two active keys per name, for rotation.
        by_slot: UniqueWhenPresent [application_id, name, slot];
    }
    personal: none("a key belongs to an application");
}
