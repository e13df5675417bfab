use base::Timestamp;
use domain::admins::{self, AdminContext, AdminPrincipal};
use serde::{Deserialize, Serialize};
use store::Entity;
use utoipa::ToSchema;

use crate::non_null::{non_null, version};
use crate::schema;

/// Role of a platform admin or an admin key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AdminRole {
    /// Every operation, also on admins and admin keys.
    Owner,
    /// Every operation except on admins and admin keys.
    Admin,
    /// Reads everything, suspends tenants and revokes keys.
    Support,
    /// Reads tenants and updates them.
    Billing,
    /// Reads everything.
    ReadOnly,
}

/// A platform admin.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Admin {
    /// Unique id.
    #[schema(value_type = schema::Id)]
    pub id: String,
    /// E-mail address.
    pub email: String,
    /// Display name.
    pub name: String,
    /// Role.
    pub role: AdminRole,
    /// Whether password and second factor are set.
    pub is_set_up: bool,
    /// Time of the last sign-in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Timestamp>)]
    pub last_login_at: Option<Timestamp>,
    /// Time until which sign-ins are rejected after too many failures.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Timestamp>)]
    pub locked_until: Option<Timestamp>,
    /// Creation time.
    #[schema(value_type = schema::Timestamp)]
    pub created_at: Timestamp,
    /// Time of the last update.
    #[schema(value_type = schema::Timestamp)]
    pub updated_at: Timestamp,
    /// Version; increases with each update.
    #[schema(minimum = 1)]
    pub version: i64,
}

impl From<&Entity<admins::PlatformAdmin>> for Admin {
    fn from(admin: &Entity<admins::PlatformAdmin>) -> Self {
        Self {
            id: admin.id.to_string(),
            email: admin.email.clone(),
            name: admin.name.clone(),
            role: admin.role.into(),
            is_set_up: admin.password_hash.is_some(),
            last_login_at: admin.last_login_at,
            locked_until: admin.locked_until,
            created_at: admin.created_at,
            updated_at: admin.updated_at,
            version: admin.version,
        }
    }
}

/// An admin to create.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAdmin {
    /// E-mail address, unique among admins.
    #[schema(value_type = schema::Email)]
    pub email: String,
    /// Display name.
    #[schema(value_type = schema::Name)]
    pub name: String,
    /// Role.
    pub role: AdminRole,
}

impl From<NewAdmin> for admins::NewAdmin {
    fn from(new: NewAdmin) -> Self {
        Self {
            email: new.email,
            name: new.name,
            role: new.role.into(),
        }
    }
}

/// Updates the given fields of an admin.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdminPatch {
    /// Display name.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::Name>, nullable = false)]
    pub name: Option<String>,
    /// Role.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(nullable = false)]
    pub role: Option<AdminRole>,
    /// The expected version. Fails with 409 `version_conflict` if the version differs.
    #[serde(default, deserialize_with = "version")]
    #[schema(minimum = 1, nullable = false)]
    pub version: Option<i64>,
}

/// An admin with the one-time code that sets password and second factor.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AdminInvitation {
    /// The admin.
    pub admin: Admin,
    /// One-time code; only returned by the request that created it.
    pub setup_code: String,
}

impl From<&admins::InvitedAdmin> for AdminInvitation {
    fn from(invited: &admins::InvitedAdmin) -> Self {
        Self {
            admin: Admin::from(&invited.admin),
            setup_code: invited.code.as_str().to_owned(),
        }
    }
}

/// Password to set with a one-time code.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetUpRequest {
    /// The one-time code.
    pub setup_code: String,
    /// New password.
    #[schema(value_type = schema::NewPassword)]
    pub password: String,
}

/// The second factor of an admin; only returned by the request that created it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AdminSetUp {
    /// The admin.
    pub admin: Admin,
    /// Secret of the second factor in base 32.
    pub totp_secret: String,
    /// The secret as an `otpauth` URI, which authenticator apps read from a QR code.
    pub totp_uri: String,
}

impl From<&admins::SetUpAdmin> for AdminSetUp {
    fn from(set_up: &admins::SetUpAdmin) -> Self {
        Self {
            admin: Admin::from(&set_up.admin),
            totp_secret: set_up.secret.as_str().to_owned(),
            totp_uri: set_up.uri.as_str().to_owned(),
        }
    }
}

/// The caller of the admin API.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CurrentAdmin {
    /// Id of the admin, if the credential is a session.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Id>)]
    pub admin_id: Option<String>,
    /// Id of the session.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Id>)]
    pub session_id: Option<String>,
    /// Id of the admin key, if the credential is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Id>)]
    pub key_id: Option<String>,
    /// E-mail address of the admin, or name of the key.
    pub name: String,
    /// Role.
    pub role: AdminRole,
}

impl From<&AdminContext> for CurrentAdmin {
    fn from(context: &AdminContext) -> Self {
        let (admin_id, session_id, key_id) = match context.principal {
            AdminPrincipal::Admin { admin, session } => {
                (Some(admin.to_string()), Some(session.to_string()), None)
            }
            AdminPrincipal::Key(key) => (None, None, Some(key.to_string())),
        };
        Self {
            admin_id,
            session_id,
            key_id,
            name: context.name.clone(),
            role: context.role.into(),
        }
    }
}

/// An admin key.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AdminKey {
    /// Unique id.
    #[schema(value_type = schema::Id)]
    pub id: String,
    /// Display name.
    pub name: String,
    /// Role of the key.
    pub role: AdminRole,
    /// The last four characters of the key, to recognize it.
    pub last4: String,
    /// Networks from which the key may be used; an empty list allows all.
    pub networks: Vec<String>,
    /// The key; only returned by the request that created it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Expiration time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Timestamp>)]
    pub expires_at: Option<Timestamp>,
    /// Time of the last use, accurate to a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Timestamp>)]
    pub last_used_at: Option<Timestamp>,
    /// Time of the revocation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Timestamp>)]
    pub revoked_at: Option<Timestamp>,
    /// Creation time.
    #[schema(value_type = schema::Timestamp)]
    pub created_at: Timestamp,
}

impl AdminKey {
    /// Returns a stored key, with its text if it was just created.
    #[must_use]
    pub fn of(key: &Entity<admins::AdminKey>, text: Option<&str>) -> Self {
        Self {
            id: key.id.to_string(),
            name: key.name.clone(),
            role: key.role.into(),
            last4: key.last4.clone(),
            networks: key.networks.0.clone(),
            key: text.map(str::to_owned),
            expires_at: key.expires_at,
            last_used_at: key.last_used_at,
            revoked_at: key.revoked_at,
            created_at: key.created_at,
        }
    }
}

/// An admin key to create.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAdminKey {
    /// Display name.
    #[schema(value_type = schema::Name)]
    pub name: String,
    /// Role of the key.
    pub role: AdminRole,
    /// Networks from which the key may be used, in CIDR notation; all if absent.
    #[serde(default)]
    #[schema(max_items = 100, value_type = Vec<schema::Network>)]
    pub networks: Vec<String>,
    /// Expiration time; the key does not expire if it is absent.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::Timestamp>, nullable = false)]
    pub expires_at: Option<Timestamp>,
}

impl From<NewAdminKey> for admins::NewAdminKey {
    fn from(new: NewAdminKey) -> Self {
        Self {
            name: new.name,
            role: new.role.into(),
            networks: new.networks,
            expires_at: new.expires_at,
        }
    }
}
