use base::{Id, Timestamp};
use domain::sessions;
use domain::sign_in::UserIdentity;
use serde::{Deserialize, Serialize};
use store::Entity;
use utoipa::ToSchema;

use crate::schema;

/// A session of a user.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Session {
    /// Unique id.
    #[schema(value_type = schema::Id)]
    pub id: String,
    /// Device of the session.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::DeviceId>)]
    pub device_id: Option<String>,
    /// Display name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Address of the client at the last refresh.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// `User-Agent` header of the sign-in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// Method of the sign-in.
    pub method: SessionMethod,
    /// Whether the request was made with a token of this session.
    pub is_current: bool,
    /// Time of the sign-in.
    #[schema(value_type = schema::Timestamp)]
    pub created_at: Timestamp,
    /// Time of the last refresh.
    #[schema(value_type = schema::Timestamp)]
    pub last_used_at: Timestamp,
    /// End of the session unless it is used before.
    #[schema(value_type = schema::Timestamp)]
    pub expires_at: Timestamp,
}

/// Method of a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SessionMethod {
    /// Password.
    Password,
    /// One-time code by e-mail.
    Code,
    /// Sign-up with a verified address.
    SignUp,
    /// Password reset by e-mail.
    Recovery,
    /// Guest account.
    Guest,
}

/// Sessions to end.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignOut {
    /// Sessions of the user to end.
    #[serde(default)]
    pub scope: SignOutScope,
}

/// Sessions that a sign-out ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignOutScope {
    /// The session of the token.
    #[default]
    Local,
    /// All other sessions.
    Others,
    /// All sessions.
    Global,
}

/// An external account of a user.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Identity {
    /// Name of the provider.
    pub provider: String,
    /// The user's id at the provider.
    pub subject: String,
    /// Time at which it was linked.
    #[schema(value_type = schema::Timestamp)]
    pub created_at: Timestamp,
}

/// An external account to link.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewIdentity {
    /// The user's id at the provider.
    #[schema(value_type = schema::Label)]
    pub subject: String,
}

impl Session {
    /// Converts a stored session, for a request with a token of the session `current`.
    #[must_use]
    pub fn of(session: &Entity<sessions::Session>, current: Option<Id<sessions::Session>>) -> Self {
        Self {
            id: session.id.to_string(),
            device_id: session.device_id.clone(),
            name: session.name.clone(),
            address: session.address.clone(),
            user_agent: session.user_agent.clone(),
            method: session.method.into(),
            is_current: Some(session.id) == current,
            created_at: session.signed_in_at,
            last_used_at: session.last_used_at,
            expires_at: session.expires_at,
        }
    }
}

impl From<&Entity<UserIdentity>> for Identity {
    fn from(identity: &Entity<UserIdentity>) -> Self {
        Self {
            provider: identity.provider.clone(),
            subject: identity.subject.clone(),
            created_at: identity.created_at,
        }
    }
}
