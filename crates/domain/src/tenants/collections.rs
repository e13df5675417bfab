use base::{Id, TenantId, Timestamp};
use store::Json;

use super::tenant::Tier;
use crate::key_ring::Sealed;

store::string_enum! {
    /// Where a tenant stands.
    pub enum TenantStatus {
        /// Its place is being made; nothing can use it yet.
        Provisioning = "provisioning",
        /// In use.
        Active = "active",
        /// Shut: everything of it answers 403 `tenant_suspended`.
        Suspended = "suspended",
    }
}

store::collection! {
    /// A SaaS company that uses the platform: the tenant, or organization.
    pub struct Tenant: PlatformData "saas_clients" {
        /// What the operator calls it.
        name: String,
        /// What the operator noted about it.
        description: Option<String>,
        /// The name of the plan it is billed by; the tier's name unless told otherwise.
        plan: String,
        /// `provisioning`, `active` or `suspended`.
        status: TenantStatus,
        /// `free`, `starter`, `pro` or `enterprise`.
        tier: Tier,
    }
    watched: true;
    indexes {
        /// Lists all, the oldest first.
        by_created: None [created_at];
        /// Finds those whose creation was cut short.
        by_status: None [status, created_at];
    }
    personal: none("a tenant is no user of one");
}

store::collection! {
    /// A way into a tenant: origins, signing secrets, keys.
    pub struct Application: PlatformData "applications" {
        /// Whose application it is.
        tenant_id: TenantId,
        /// What the tenant calls it.
        name: String,
        /// Origins from which browsers may call, such as `https://app.example`; all when there are none.
        origins: Json<Vec<String>>,
        /// Settings of the application.
        settings: Json<ApplicationSettings>,
        /// The secrets that sign user tokens, sealed; the newest last.
        secrets: Json<Vec<SigningSecret>>,
        /// User tokens issued before this moment are refused.
        tokens_revoked_before: Option<Timestamp>,
        /// How often all tokens were revoked; tokens minted by the server carry it. Absent before the first time.
        token_generation: Option<i64>,
    }
    watched: true;
    indexes {
        /// Lists a tenant's applications, the oldest first.
        by_tenant: None [tenant_id, created_at];
    }
    personal: none("an application is no user");
}

/// Settings of an application.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ApplicationSettings {
    /// The longest life in seconds of a user token that the application accepts.
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
    /// Counts from 1; tokens name it in their header.
    pub version: u32,
    /// The secret, sealed.
    pub sealed: Sealed,
    /// When it stops being accepted; absent for the newest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
}

store::collection! {
    /// A secret with which a tenant's server calls.
    pub struct ApiKey: PlatformData "api_keys" {
        /// Whose key it is.
        tenant_id: TenantId,
        /// The application it belongs to.
        application_id: Id<Application>,
        /// What the tenant calls it.
        name: String,
        /// Which of the two active keys of that name it is; absent when revoked.
        slot: Option<i64>,
        /// The SHA-256 of the key, in hexadecimal digits.
        hash: String,
        /// The last four characters of the key, to recognise it by.
        last4: String,
        /// What the key may do.
        scopes: Json<Vec<String>>,
        /// When the key stops working; the row stays, so that its use is told apart from an unknown key's.
        expires_at: Option<Timestamp>,
        /// When it was revoked.
        revoked_at: Option<Timestamp>,
        /// When it was last used, exact to a minute.
        last_used_at: Option<Timestamp>,
    }
    watched: true;
    indexes {
        /// Finds a key by what the caller shows.
        by_hash: Unique [hash];
        /// Lists a tenant's keys, or those of one application.
        by_application: None [tenant_id, application_id];
        /// Allows two active keys of one name, for rotation.
        by_slot: UniqueWhenPresent [application_id, name, slot];
    }
    personal: none("a key is an application's");
}
