use base::Patch;
use domain::tenants;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::non_null::{non_null, version};
use crate::{Tier, schema};

/// A tenant to create.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTenant {
    /// Display name.
    #[schema(value_type = schema::Name)]
    pub name: String,
    /// Note of the operator.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::Description>, nullable = false)]
    pub description: Option<String>,
    /// Billing plan; defaults to the name of the tier.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::Name>, nullable = false)]
    pub plan: Option<String>,
    /// Isolation tier, which cannot be changed.
    pub tier: Tier,
}

impl From<NewTenant> for tenants::NewTenant {
    fn from(new: NewTenant) -> Self {
        Self {
            name: new.name,
            description: new.description,
            plan: new.plan,
            tier: new.tier.into(),
        }
    }
}

/// Updates the given fields of a tenant; `null` removes a description.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TenantPatch {
    /// Display name.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::Name>, nullable = false)]
    pub name: Option<String>,
    /// Note of the operator.
    #[serde(default)]
    #[schema(value_type = Option<schema::Description>)]
    pub description: Patch<String>,
    /// Billing plan.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::Name>, nullable = false)]
    pub plan: Option<String>,
    /// The expected version. Fails with 409 `version_conflict` if the version differs.
    #[serde(default, deserialize_with = "version")]
    #[schema(minimum = 1, nullable = false)]
    pub version: Option<i64>,
}

impl From<TenantPatch> for tenants::TenantChanges {
    fn from(patch: TenantPatch) -> Self {
        Self {
            name: patch.name,
            description: patch.description,
            plan: patch.plan,
        }
    }
}
