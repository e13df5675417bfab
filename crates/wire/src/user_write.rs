use base::{ExternalId, Patch};
use domain::users::{NewUser, UserChanges};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::given::{given, version};
use crate::ids::stored;
use crate::{Metadata, UserRole, schema};

/// Makes a user, or changes the given fields of the one with this `external_id`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserUpsert {
    /// The tenant's own id.
    #[schema(value_type = schema::ExternalId)]
    pub external_id: ExternalId,
    /// What others see.
    #[serde(default)]
    #[schema(value_type = Option<schema::Name>)]
    pub name: Patch<String>,
    /// A picture of the user.
    #[serde(default)]
    #[schema(value_type = Option<schema::Url>)]
    pub avatar_url: Patch<String>,
    /// Unique within the tenant.
    #[serde(default)]
    #[schema(value_type = Option<schema::Email>)]
    pub email: Patch<String>,
    /// Replaces the free data.
    #[serde(default)]
    #[schema(value_type = Option<schema::Metadata>)]
    pub metadata: Patch<Metadata>,
    /// All roles; `["user"]` when never given.
    #[serde(default, deserialize_with = "given")]
    #[schema(schema_with = schema::roles)]
    pub roles: Option<Vec<String>>,
    /// Shorthand for `roles` with this one role. Not together with `roles`.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub role: Option<UserRole>,
    /// All permissions.
    #[serde(default, deserialize_with = "given")]
    #[schema(schema_with = schema::permissions)]
    pub permissions: Option<Vec<String>>,
}

/// Several users, all or nothing.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserBatch {
    /// The users.
    #[schema(schema_with = schema::user_batch)]
    pub users: Vec<UserUpsert>,
}

/// Changes the given fields of a user; `null` clears.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserPatch {
    /// What others see.
    #[serde(default)]
    #[schema(value_type = Option<schema::Name>)]
    pub name: Patch<String>,
    /// A picture of the user.
    #[serde(default)]
    #[schema(value_type = Option<schema::Url>)]
    pub avatar_url: Patch<String>,
    /// Unique within the tenant.
    #[serde(default)]
    #[schema(value_type = Option<schema::Email>)]
    pub email: Patch<String>,
    /// Replaces the free data.
    #[serde(default)]
    #[schema(value_type = Option<schema::Metadata>)]
    pub metadata: Patch<Metadata>,
    /// All roles. For the tenant's servers only.
    #[serde(default, deserialize_with = "given")]
    #[schema(schema_with = schema::roles)]
    pub roles: Option<Vec<String>>,
    /// Shorthand for `roles` with this one role. For the tenant's servers only.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub role: Option<UserRole>,
    /// All permissions. For the tenant's servers only.
    #[serde(default, deserialize_with = "given")]
    #[schema(schema_with = schema::permissions)]
    pub permissions: Option<Vec<String>>,
    /// The version that was read; another one that stands is 409 `version_conflict`.
    #[serde(default, deserialize_with = "version")]
    #[schema(minimum = 1, nullable = false)]
    pub version: Option<i64>,
}

impl From<UserUpsert> for NewUser {
    fn from(user: UserUpsert) -> Self {
        let changes = UserChanges {
            email: user.email,
            name: user.name,
            avatar_url: user.avatar_url,
            metadata: user.metadata.map(stored),
            roles: user.roles,
            role: user.role.map(UserRole::into),
            permissions: user.permissions,
        };
        Self {
            external_id: user.external_id,
            changes,
        }
    }
}

impl From<UserPatch> for UserChanges {
    fn from(patch: UserPatch) -> Self {
        Self {
            email: patch.email,
            name: patch.name,
            avatar_url: patch.avatar_url,
            metadata: patch.metadata.map(stored),
            roles: patch.roles,
            role: patch.role.map(UserRole::into),
            permissions: patch.permissions,
        }
    }
}
