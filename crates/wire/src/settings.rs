use base::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::given::given;
use crate::schema;

/// How a tenant's chat behaves.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TenantSettings {
    /// What a new participant sees of the past.
    pub history: History,
    /// Whether a first valid token for an unknown external id makes the user.
    pub create_users: bool,
    /// Whether users may give their conversations an `external_id`; servers always may. The names are then anybody's: a
    /// server that asks for one may be answered with a conversation that a user made.
    pub users_set_external_ids: bool,
    /// Whether users cannot bring together, in groups and private channels, users of whom one blocks another; servers
    /// always can.
    pub block_checks_in_groups: bool,
    /// When the settings were changed last.
    #[schema(value_type = schema::Timestamp)]
    pub updated_at: Timestamp,
    /// Rises with each change.
    pub version: i64,
}

/// What a new participant sees of the past.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum History {
    /// Everything.
    Whole,
    /// What comes after the joining.
    FromJoining,
}

/// Changes the given settings.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TenantSettingsPatch {
    /// What a new participant sees of the past.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub history: Option<History>,
    /// Whether a first valid token for an unknown external id makes the user.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub create_users: Option<bool>,
    /// Whether users may give their conversations an `external_id`.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub users_set_external_ids: Option<bool>,
    /// Whether users cannot bring together users of whom one blocks another.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub block_checks_in_groups: Option<bool>,
    /// The version that was read; another one that stands is 409 `version_conflict`.
    #[serde(default, deserialize_with = "given")]
    #[schema(minimum = 1, nullable = false)]
    pub version: Option<i64>,
}
