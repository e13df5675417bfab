use crate::Metadata;
use crate::RawMetadata;
use crate::UserId;
use crate::ids::stored;
use crate::message::raw;
use crate::non_null::non_null;
use crate::non_null::version;
use crate::schema;
use base::ExternalId;
use base::Patch;
use base::Result;
use base::Timestamp;
use domain::Actor;
use domain::users;
use domain::users::NewUser;
use domain::users::Role;
use domain::users::UserChanges;
use serde::Deserialize;
use serde::Serialize;
use store::Entity;
use utoipa::ToSchema;

/// A user.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct User {
    /// Unique id.
    #[schema(value_type = schema::Id)]
    pub id: UserId,
    /// External id of the tenant's own system.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::ExternalId>)]
    pub external_id: Option<ExternalId>,
    /// Display name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// URL of a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<String>,
    /// E-mail address; visible to the tenant's servers and the user only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whether the user proved to own the address; visible to the tenant's servers and the user
    /// only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_verified: Option<bool>,
    /// Custom data of the tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Metadata>)]
    pub metadata: Option<RawMetadata>,
    /// All roles.
    pub roles: Vec<String>,
    /// Permissions; visible to the tenant's servers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Vec<String>>,
    /// The highest role.
    pub role: UserRole,
    /// False for a deactivated user.
    pub is_active: bool,
    /// Time at which the user was last seen; visible to the tenant's servers and the user. Others
    /// subscribe to their presence.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Timestamp>)]
    pub last_seen_at: Option<Timestamp>,
    /// Time of the last sign-in; visible to the tenant's servers and the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Timestamp>)]
    pub last_login_at: Option<Timestamp>,
    /// Creation time.
    #[schema(value_type = schema::Timestamp)]
    pub created_at: Timestamp,
    /// Time of the last update.
    #[schema(value_type = schema::Timestamp)]
    pub updated_at: Timestamp,
    /// Version; increases with each update.
    pub version: i64,
}

/// The highest role of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UserRole {
    /// Administrates the tenant.
    Admin,
    /// An ordinary user.
    User,
    /// A client of the tenant.
    Client,
}

/// Public summary of a user, in messages, participants and events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct UserSummary {
    /// Unique id.
    #[schema(value_type = schema::Id)]
    pub id: UserId,
    /// External id of the tenant's own system.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::ExternalId>)]
    pub external_id: Option<ExternalId>,
    /// Display name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// URL of a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<String>,
}

/// The reader of a user object, which decides the visible fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Viewer {
    /// The tenant's server.
    Server,
    /// A user of the tenant.
    User(UserId),
}

impl User {
    /// Converts a user as the viewer may see it.
    ///
    /// # Errors
    /// Fails if the stored data is not valid JSON.
    pub fn of(user: &Entity<domain::users::User>, viewer: Viewer) -> Result<Self> {
        let own = viewer.is_own(user.id);
        Ok(Self {
            id: user.id,
            external_id: user.external_id.clone(),
            name: user.name.clone(),
            avatar_url: user.avatar_url.clone(),
            email: user.email.clone().filter(|_| own),
            email_verified: (own && user.email.is_some())
                .then_some(user.email_verified_at.is_some()),
            metadata: user.metadata.as_ref().map(raw).transpose()?,
            roles: user.roles.0.clone(),
            permissions: (viewer == Viewer::Server).then(|| user.permissions.0.clone()),
            role: Role::of(&user.roles.0).into(),
            is_active: user.is_active,
            last_seen_at: user.last_seen_at.filter(|_| own),
            last_login_at: user.last_login_at.filter(|_| own),
            created_at: user.created_at,
            updated_at: user.updated_at,
            version: user.version,
        })
    }
}

impl Viewer {
    /// Whether private fields are visible: to the user and the tenant's server.
    pub(crate) fn is_own(self, user: UserId) -> bool {
        self == Self::Server || self == Self::User(user)
    }
}

impl From<Actor> for Viewer {
    fn from(actor: Actor) -> Self {
        match actor {
            Actor::Server => Self::Server,
            Actor::User(user) => Self::User(user),
        }
    }
}

impl From<&users::UserSummary> for UserSummary {
    fn from(user: &users::UserSummary) -> Self {
        Self {
            id: user.id,
            external_id: user.external_id.clone(),
            display_name: user.display_name.clone(),
            avatar_url: user.avatar_url.clone(),
        }
    }
}

/// A user to create, or to update if one with this `external_id` exists. Omitted fields keep
/// their value.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserUpsert {
    /// External id of the tenant's own system.
    #[schema(value_type = schema::ExternalId)]
    pub external_id: ExternalId,
    /// Display name.
    #[serde(default)]
    #[schema(value_type = Option<schema::Name>)]
    pub name: Patch<String>,
    /// URL of a picture.
    #[serde(default)]
    #[schema(value_type = Option<schema::Url>)]
    pub avatar_url: Patch<String>,
    /// E-mail address, unique within the tenant.
    #[serde(default)]
    #[schema(value_type = Option<schema::Email>)]
    pub email: Patch<String>,
    /// Custom data; replaces the previous data.
    #[serde(default)]
    #[schema(value_type = Option<schema::Metadata>)]
    pub metadata: Patch<Metadata>,
    /// All roles; defaults to `["user"]`.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(schema_with = schema::roles)]
    pub roles: Option<Vec<String>>,
    /// Shorthand for `roles` with one role. Not allowed together with `roles`.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(nullable = false)]
    pub role: Option<UserRole>,
    /// All permissions.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(schema_with = schema::permissions)]
    pub permissions: Option<Vec<String>>,
}

/// Users to create or update; all succeed or none.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserBatch {
    /// The users.
    #[schema(schema_with = schema::user_batch)]
    pub users: Vec<UserUpsert>,
}

/// Updates the given fields of a user; `null` removes a value.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserPatch {
    /// Display name.
    #[serde(default)]
    #[schema(value_type = Option<schema::Name>)]
    pub name: Patch<String>,
    /// URL of a picture.
    #[serde(default)]
    #[schema(value_type = Option<schema::Url>)]
    pub avatar_url: Patch<String>,
    /// E-mail address, unique within the tenant.
    #[serde(default)]
    #[schema(value_type = Option<schema::Email>)]
    pub email: Patch<String>,
    /// Custom data; replaces the previous data.
    #[serde(default)]
    #[schema(value_type = Option<schema::Metadata>)]
    pub metadata: Patch<Metadata>,
    /// All roles. Requires an API key.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(schema_with = schema::roles)]
    pub roles: Option<Vec<String>>,
    /// Shorthand for `roles` with one role. Requires an API key.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(nullable = false)]
    pub role: Option<UserRole>,
    /// All permissions. Requires an API key.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(schema_with = schema::permissions)]
    pub permissions: Option<Vec<String>>,
    /// The expected version. Fails with 409 `version_conflict` if the version differs.
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
