use base::{Id, TenantId, Timestamp};

use crate::tenants::{ApiKey, Application};

store::collection! {
    /// A network from which the requests of a tenant, an application or an API key are allowed. As
    /// soon as there is one, other addresses are rejected.
    pub struct AllowedNetwork: PlatformData "ip_whitelist" {
        /// Tenant of the rule.
        tenant_id: TenantId,
        /// Application to which the rule is limited.
        application_id: Option<Id<Application>>,
        /// API key to which the rule is limited.
        api_key_id: Option<Id<ApiKey>>,
        /// The network in CIDR notation.
        network: String,
        /// Display name.
        label: Option<String>,
        /// Name of the admin or key that created the rule.
        created_by: String,
        /// Time from which the network is no longer allowed. The rule still restricts the others
        /// until it is deleted.
        expires_at: Option<Timestamp>,
    }
    watched: true;
    indexes {
        /// Lists the rules of a tenant, oldest first.
        by_tenant: None [tenant_id, created_at];
    }
    personal: none("a network belongs to the tenant");
}

store::collection! {
    /// A network whose requests are rejected, by the platform or by a tenant.
    pub struct BlockedNetwork: PlatformData "blocked_ips" {
        /// `platform`, or the id of the tenant.
        scope: String,
        /// The network in CIDR notation.
        network: String,
        /// Reason, for operators.
        reason: Option<String>,
        /// Name of the admin or key that created the block.
        created_by: String,
        /// Time from which the network is no longer blocked.
        expires_at: Option<Timestamp>,
    }
    watched: true;
    indexes {
        /// Lists the blocks of a scope, oldest first.
        by_scope: None [scope, created_at];
        /// Allows one block per network.
        by_network: Unique [scope, network];
    }
    personal: none("a network is not a user");
}
