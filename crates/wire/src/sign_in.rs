use base::{Result, Timestamp};
use domain::sessions;
use domain::sign_in;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::non_null::non_null;
use crate::{User, Viewer, schema};

/// Device of the session to begin.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionDevice {
    /// The `device_id` with which the client connects. A session of the same device is replaced.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::DeviceId>)]
    pub device_id: Option<String>,
    /// Display name in the list of sessions.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::Name>)]
    pub name: Option<String>,
}

/// An account to create once its address is verified.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignUp {
    /// E-mail address.
    #[schema(value_type = schema::Email)]
    pub email: String,
    /// Password: 12 to 128 characters, and not a common one.
    #[schema(value_type = schema::NewPassword)]
    pub password: String,
    /// Display name.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::Name>)]
    pub name: Option<String>,
    /// Language of the mail; English by default.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::Language>)]
    pub language: Option<String>,
}

/// An address to which a code is sent.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeRequest {
    /// E-mail address.
    #[schema(value_type = schema::Email)]
    pub email: String,
    /// Language of the mail; English by default.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::Language>)]
    pub language: Option<String>,
}

/// A started flow.
#[derive(Clone, Serialize, ToSchema)]
pub struct AuthFlow {
    /// Token with which this client continues the flow.
    pub flow: String,
    /// Time until which the code is accepted.
    #[schema(value_type = schema::Timestamp)]
    pub code_expires_at: Timestamp,
    /// End of the flow. Until then a new code can be requested.
    #[schema(value_type = schema::Timestamp)]
    pub expires_at: Timestamp,
}

/// A flow whose code is sent again.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeResend {
    /// Token of the flow.
    #[schema(value_type = schema::FlowToken)]
    pub flow: String,
}

/// The code of a flow.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeVerification {
    /// Token of the flow.
    #[schema(value_type = schema::FlowToken)]
    pub flow: String,
    /// Code from the mail: 8 digits.
    #[schema(value_type = schema::OneTimeCode)]
    pub code: String,
    /// Device of the session.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(nullable = false)]
    pub device: Option<SessionDevice>,
}

/// A new password and the code of its flow.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordReset {
    /// Token of the flow.
    #[schema(value_type = schema::FlowToken)]
    pub flow: String,
    /// Code from the mail: 8 digits.
    #[schema(value_type = schema::OneTimeCode)]
    pub code: String,
    /// New password: 12 to 128 characters, and not a common one.
    #[schema(value_type = schema::NewPassword)]
    pub password: String,
    /// Device of the session.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(nullable = false)]
    pub device: Option<SessionDevice>,
}

/// A sign-in with a password.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordSignIn {
    /// E-mail address.
    #[schema(value_type = schema::Email)]
    pub email: String,
    /// Password.
    #[schema(value_type = schema::Password)]
    pub password: String,
    /// Device of the session.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(nullable = false)]
    pub device: Option<SessionDevice>,
}

/// A guest to create.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GuestSignIn {
    /// Display name.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::Name>)]
    pub name: Option<String>,
    /// Device of the session.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(nullable = false)]
    pub device: Option<SessionDevice>,
}

/// A new e-mail address of a user.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EmailChange {
    /// E-mail address, to which a code is sent.
    #[schema(value_type = schema::Email)]
    pub email: String,
}

/// The code from the mail to a new address.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EmailVerification {
    /// Token of the flow.
    #[schema(value_type = schema::FlowToken)]
    pub flow: String,
    /// Code from the mail: 8 digits.
    #[schema(value_type = schema::OneTimeCode)]
    pub code: String,
}

/// Refresh token to replace.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenRefresh {
    /// Current refresh token of the session.
    #[schema(value_type = schema::RefreshToken)]
    pub refresh_token: String,
}

/// Tokens of a session.
#[derive(Clone, Serialize, ToSchema)]
pub struct SessionTokens {
    /// Token for the header `Authorization: Bearer`.
    pub access_token: String,
    /// Expiration time of the access token.
    #[schema(value_type = schema::Timestamp)]
    pub expires_at: Timestamp,
    /// Token that is exchanged for new tokens. Each is used once.
    pub refresh_token: String,
    /// The session.
    #[schema(value_type = schema::Id)]
    pub session_id: String,
    /// End of the session unless it is used before.
    #[schema(value_type = schema::Timestamp)]
    pub session_expires_at: Timestamp,
    /// The user.
    pub user: User,
}

/// A new password of a user.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// Current password. Required if the user has one, except for servers.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::Password>)]
    pub current_password: Option<String>,
    /// New password: 12 to 128 characters, and not a common one.
    #[schema(value_type = schema::NewPassword)]
    pub password: String,
}

impl From<SessionDevice> for sessions::SessionDevice {
    fn from(device: SessionDevice) -> Self {
        Self {
            device_id: device.device_id,
            name: device.name,
        }
    }
}

impl From<SignUp> for sign_in::NewAccount {
    fn from(new: SignUp) -> Self {
        Self {
            email: new.email,
            password: new.password,
            name: new.name,
            language: new.language,
        }
    }
}

impl From<PasswordSignIn> for sign_in::PasswordSignIn {
    fn from(attempt: PasswordSignIn) -> Self {
        Self {
            email: attempt.email,
            password: attempt.password,
            device: attempt.device.unwrap_or_default().into(),
        }
    }
}

impl From<sign_in::StartedFlow> for AuthFlow {
    fn from(started: sign_in::StartedFlow) -> Self {
        Self {
            flow: started.token.to_string(),
            code_expires_at: started.code_expires_at,
            expires_at: started.expires_at,
        }
    }
}

impl SessionTokens {
    /// Converts the result of a sign-in.
    ///
    /// # Errors
    /// Fails if the stored user is not valid JSON.
    pub fn of(signed_in: &sign_in::SignedIn) -> Result<Self> {
        let user = &signed_in.user;
        Ok(Self {
            access_token: signed_in.access_token.clone(),
            expires_at: signed_in.access_expires_at,
            refresh_token: signed_in.refresh_token.text().to_owned(),
            session_id: signed_in.session.id.to_string(),
            session_expires_at: signed_in.session.expires_at,
            user: User::of(user, Viewer::User(user.id))?,
        })
    }
}
