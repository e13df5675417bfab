use base::Timestamp;
use domain::admins;
use serde::{Deserialize, Serialize};
use store::Entity;
use utoipa::ToSchema;

use super::Admin;
use crate::schema;

/// Credentials of a sign-in.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAdminSession {
    /// E-mail address.
    #[schema(value_type = schema::Email)]
    pub email: String,
    /// Password.
    #[schema(value_type = schema::Password)]
    pub password: String,
    /// Current code of the second factor: six digits.
    #[schema(value_type = schema::TotpCode)]
    pub totp_code: String,
}

/// A session of an admin.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AdminSession {
    /// Unique id.
    #[schema(value_type = schema::Id)]
    pub id: String,
    /// The admin.
    #[schema(value_type = schema::Id)]
    pub admin_id: String,
    /// Client address of the sign-in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// `User-Agent` of the sign-in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// Expiration time.
    #[schema(value_type = schema::Timestamp)]
    pub expires_at: Timestamp,
    /// Creation time.
    #[schema(value_type = schema::Timestamp)]
    pub created_at: Timestamp,
}

impl From<&Entity<admins::AdminSession>> for AdminSession {
    fn from(session: &Entity<admins::AdminSession>) -> Self {
        Self {
            id: session.id.to_string(),
            admin_id: session.admin_id.to_string(),
            address: session.address.clone(),
            user_agent: session.user_agent.clone(),
            expires_at: session.expires_at,
            created_at: session.created_at,
        }
    }
}

/// A new session with its token.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StartedAdminSession {
    /// Token of the session, for the header `Authorization: Bearer`; only returned here.
    pub token: String,
    /// The session.
    pub session: AdminSession,
    /// The admin.
    pub admin: Admin,
}

impl From<&admins::StartedSession> for StartedAdminSession {
    fn from(started: &admins::StartedSession) -> Self {
        Self {
            token: started.token.as_str().to_owned(),
            session: AdminSession::from(&started.session),
            admin: Admin::from(&started.admin),
        }
    }
}
