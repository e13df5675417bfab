use base::{ExternalId, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{RawMetadata, UserId, schema};

/// A user.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct User {
    /// The id.
    #[schema(value_type = schema::Id)]
    pub id: UserId,
    /// The tenant's own id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::ExternalId>)]
    pub external_id: Option<ExternalId>,
    /// What others see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A picture of the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<String>,
    /// Shown to the tenant's servers and to the user only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Free data of the tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Metadata>)]
    pub metadata: Option<RawMetadata>,
    /// All roles.
    pub roles: Vec<String>,
    /// Shown to the tenant's servers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Vec<String>>,
    /// The highest role.
    pub role: UserRole,
    /// False for a deactivated user.
    pub is_active: bool,
    /// Whether the user is connected, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub online: Option<bool>,
    /// When the user was connected last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Timestamp>)]
    pub last_seen_at: Option<Timestamp>,
    /// When the user was made.
    #[schema(value_type = schema::Timestamp)]
    pub created_at: Timestamp,
    /// When the user was changed last.
    #[schema(value_type = schema::Timestamp)]
    pub updated_at: Timestamp,
    /// Rises with each change.
    pub version: i64,
}

/// The highest role of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UserRole {
    /// Runs the tenant's side.
    Admin,
    /// An ordinary user.
    User,
    /// A client of the tenant.
    Client,
}

/// What others see of a user beside a message or a participant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct UserCard {
    /// The id.
    #[schema(value_type = schema::Id)]
    pub id: UserId,
    /// The tenant's own id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::ExternalId>)]
    pub external_id: Option<ExternalId>,
    /// What others see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// A picture of the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<String>,
}
