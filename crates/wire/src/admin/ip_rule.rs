use base::{Id, TenantId, Timestamp};
use domain::ip_rules;
use domain::tenants::{ApiKey, parse_application, show_application};
use serde::{Deserialize, Serialize};
use store::Entity;
use utoipa::ToSchema;

use crate::non_null::non_null;
use crate::schema;

/// A blocked network.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BlockedNetwork {
    /// Unique id.
    #[schema(value_type = schema::Id)]
    pub id: String,
    /// The network in CIDR notation, with its host bits cleared.
    pub network: String,
    /// Reason, for operators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Name of the admin or key that created the block.
    pub created_by: String,
    /// Time from which the network is no longer blocked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Timestamp>)]
    pub expires_at: Option<Timestamp>,
    /// Creation time.
    #[schema(value_type = schema::Timestamp)]
    pub created_at: Timestamp,
}

impl From<&Entity<ip_rules::BlockedNetwork>> for BlockedNetwork {
    fn from(block: &Entity<ip_rules::BlockedNetwork>) -> Self {
        Self {
            id: block.id.to_string(),
            network: block.network.clone(),
            reason: block.reason.clone(),
            created_by: block.created_by.clone(),
            expires_at: block.expires_at,
            created_at: block.created_at,
        }
    }
}

/// A network to block.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBlockedNetwork {
    /// The network in CIDR notation, or an address.
    #[schema(value_type = schema::Network)]
    pub network: String,
    /// Reason, for operators.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::BanReason>, nullable = false)]
    pub reason: Option<String>,
    /// Time from which the network is no longer blocked; it stays blocked if absent.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::Timestamp>, nullable = false)]
    pub expires_at: Option<Timestamp>,
    /// Whether to block a network that contains the caller's own address.
    #[serde(default)]
    pub force: bool,
}

impl From<NewBlockedNetwork> for ip_rules::NewBlock {
    fn from(new: NewBlockedNetwork) -> Self {
        Self {
            network: new.network,
            reason: new.reason,
            expires_at: new.expires_at,
        }
    }
}

/// An allowed network of a tenant, an application or an API key.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AllowedNetwork {
    /// Unique id.
    #[schema(value_type = schema::Id)]
    pub id: String,
    /// The tenant.
    #[schema(value_type = schema::TenantId)]
    pub tenant_id: TenantId,
    /// The application to which the rule is limited.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::ApplicationId>)]
    pub application_id: Option<String>,
    /// The API key to which the rule is limited.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Id>)]
    pub api_key_id: Option<String>,
    /// The network in CIDR notation, with its host bits cleared.
    pub network: String,
    /// Display name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Name of the admin or key that created the rule.
    pub created_by: String,
    /// Time from which the network is no longer allowed. The rule still restricts other addresses
    /// until it is deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Timestamp>)]
    pub expires_at: Option<Timestamp>,
    /// Creation time.
    #[schema(value_type = schema::Timestamp)]
    pub created_at: Timestamp,
}

impl From<&Entity<ip_rules::AllowedNetwork>> for AllowedNetwork {
    fn from(rule: &Entity<ip_rules::AllowedNetwork>) -> Self {
        Self {
            id: rule.id.to_string(),
            tenant_id: rule.tenant_id,
            application_id: rule.application_id.map(show_application),
            api_key_id: rule.api_key_id.map(|key| key.to_string()),
            network: rule.network.clone(),
            label: rule.label.clone(),
            created_by: rule.created_by.clone(),
            expires_at: rule.expires_at,
            created_at: rule.created_at,
        }
    }
}

/// A network to allow.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAllowedNetwork {
    /// The network in CIDR notation, or an address.
    #[schema(value_type = schema::Network)]
    pub network: String,
    /// Application to which the rule is limited.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::ApplicationId>, nullable = false)]
    pub application_id: Option<String>,
    /// API key to which the rule is limited; not together with `application_id`.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::Id>, nullable = false)]
    pub api_key_id: Option<Id<ApiKey>>,
    /// Display name.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::Name>, nullable = false)]
    pub label: Option<String>,
    /// Time from which the network is no longer allowed; it stays allowed if absent.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::Timestamp>, nullable = false)]
    pub expires_at: Option<Timestamp>,
}

impl NewAllowedNetwork {
    /// Converts the request.
    ///
    /// # Errors
    /// 400 for a malformed `application_id`.
    pub fn parsed(self) -> base::Result<ip_rules::NewAllowedNetwork> {
        let application = self.application_id.map(|text| {
            let invalid = || base::Error::invalid("/application_id", "must be app_ and 24 digits");
            parse_application(&text).ok_or_else(invalid)
        });
        Ok(ip_rules::NewAllowedNetwork {
            application: application.transpose()?,
            api_key: self.api_key_id,
            network: self.network,
            label: self.label,
            expires_at: self.expires_at,
        })
    }
}
