use base::{ExternalId, Result, Timestamp};
use domain::Actor;
use domain::users::{self, Role};
use serde::Serialize;
use store::Entity;
use utoipa::ToSchema;

use crate::view::raw;
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
    /// When the user was connected last. Shown to the tenant's servers and to the user; others watch their presence.
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
pub struct UserSummary {
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

/// Who looks at a user, which decides what of the user is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Viewer {
    /// The tenant's server.
    Server,
    /// A user of the tenant.
    User(UserId),
}

impl User {
    /// The user as the onlooker may see them.
    ///
    /// # Errors
    /// When what is stored is no JSON.
    pub fn of(user: &Entity<domain::users::User>, onlooker: Viewer) -> Result<Self> {
        let own = onlooker.is_own(user.id);
        Ok(Self {
            id: user.id,
            external_id: user.external_id.clone(),
            name: user.name.clone(),
            avatar_url: user.avatar_url.clone(),
            email: user.email.clone().filter(|_| own),
            metadata: user.metadata.as_ref().map(raw).transpose()?,
            roles: user.roles.0.clone(),
            permissions: (onlooker == Viewer::Server).then(|| user.permissions.0.clone()),
            role: Role::of(&user.roles.0).into(),
            is_active: user.is_active,
            last_seen_at: user.last_seen_at.filter(|_| own),
            created_at: user.created_at,
            updated_at: user.updated_at,
            version: user.version,
        })
    }
}

impl Viewer {
    /// Whether what is the user's alone is shown: to the user and to the tenant's server.
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
    fn from(card: &users::UserSummary) -> Self {
        Self {
            id: card.id,
            external_id: card.external_id.clone(),
            display_name: card.display_name.clone(),
            avatar_url: card.avatar_url.clone(),
        }
    }
}
