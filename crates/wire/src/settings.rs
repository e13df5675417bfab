use base::Timestamp;
use domain::settings::{CurrentSettings, SettingsChanges};
use serde::{Deserialize, Serialize};
use store::Json;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::non_null::{non_null, version};
use crate::schema;

/// Declares the settings with their read and update types; a new setting is one line here.
macro_rules! settings {
    ($($(#[doc = $meaning:literal])+ $field:ident: $type:ty;)+) => {
        /// Chat settings of a tenant.
        #[derive(Debug, Clone, Serialize, ToSchema)]
        pub struct TenantSettings {
            $($(#[doc = $meaning])+ pub $field: $type,)+
            /// Time of the last update.
            #[schema(value_type = schema::Timestamp)]
            pub updated_at: Timestamp,
            /// Version, from 1; increases with each update.
            #[schema(minimum = 1)]
            pub version: i64,
        }

        /// Updates the given settings.
        #[derive(Debug, Clone, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        pub struct TenantSettingsPatch {
            $(
                $(#[doc = $meaning])+
                #[serde(default, deserialize_with = "non_null")]
                #[schema(nullable = false)]
                pub $field: Option<$type>,
            )+
            /// The expected version. Fails with 409 `version_conflict` if the version differs.
            #[serde(default, deserialize_with = "version")]
            #[schema(minimum = 1, nullable = false)]
            pub version: Option<i64>,
        }

        impl From<CurrentSettings> for TenantSettings {
            fn from(current: CurrentSettings) -> Self {
                let CurrentSettings { settings, updated_at, version } = current;
                Self { $($field: settings.$field.into(),)+ updated_at, version }
            }
        }

        impl From<TenantSettingsPatch> for SettingsChanges {
            fn from(patch: TenantSettingsPatch) -> Self {
                Self { $($field: patch.$field.map(Into::into),)+ }
            }
        }
    };
}

settings! {
    /// History that a new participant can read.
    history: History;
    /// Whether the first valid token for an unknown external id creates the user.
    create_users: bool;
    /// Whether users may set the `external_id` of their conversations; servers always may. If
    /// enabled, a server that requests an external id may receive a conversation that a user
    /// created.
    users_set_external_ids: bool;
    /// Whether users are prevented from adding users who block each other to the same group or
    /// private channel; servers are not restricted.
    block_checks_in_groups: bool;
    /// Whether users may update their own `metadata`; servers always may. Enable it only if no
    /// server relies on the content.
    users_set_metadata: bool;
    /// Users who can see whether a user is online and when they were last seen.
    presence_visibility: PresenceVisibility;
    /// Whether messages may attach URLs in addition to uploaded files.
    attachment_urls: bool;
    /// Size of one uploaded file in bytes, at most.
    max_file_bytes: FileBytes;
    /// Media types that may be uploaded, such as `image/*`; an empty list accepts all. They apply to
    /// the type that the content has, also if the client states another one.
    allowed_file_types: FileTypes;
    /// Media types that may not be uploaded, also if they are allowed.
    denied_file_types: FileTypes;
    /// Whether users sign in with accounts of this server, under `/v1/auth`.
    sign_in: bool;
    /// Users who can create an account.
    sign_up: SignUpMode;
    /// Whether a sign-up with a verified address becomes the existing user with this address, if
    /// that user has no password. Enable it only if your server verifies the addresses that it
    /// stores.
    sign_up_claims_users: bool;
    /// Whether clients may create guests: users with the role `client` and without an address.
    guests: bool;
}

/// Users who can create an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignUpMode {
    /// No one; the tenant's server creates users.
    Closed,
    /// Anyone with an e-mail address.
    Open,
}

/// A number of bytes, at most that of the largest upload.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FileBytes(i64);

impl From<i64> for FileBytes {
    fn from(bytes: i64) -> Self {
        Self(bytes)
    }
}

impl From<FileBytes> for i64 {
    fn from(FileBytes(bytes): FileBytes) -> Self {
        bytes
    }
}

impl PartialSchema for FileBytes {
    fn schema() -> RefOr<Schema> {
        schema::file_bytes()
    }
}

impl ToSchema for FileBytes {}

/// Media types, such as `application/pdf` or `image/*`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FileTypes(Vec<String>);

impl From<Json<Vec<String>>> for FileTypes {
    fn from(Json(types): Json<Vec<String>>) -> Self {
        Self(types)
    }
}

impl From<FileTypes> for Json<Vec<String>> {
    fn from(FileTypes(types): FileTypes) -> Self {
        Self(types)
    }
}

impl PartialSchema for FileTypes {
    fn schema() -> RefOr<Schema> {
        schema::file_types()
    }
}

impl ToSchema for FileTypes {}

/// Users who can see whether a user is online and when they were last seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PresenceVisibility {
    /// All users of the tenant.
    All,
    /// Friends, and members of a shared conversation that the `presence` frame names.
    SharedConversation,
    /// Friends only.
    Friends,
}

/// History that a new participant can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum History {
    /// The complete history.
    Whole,
    /// Messages sent after the join.
    FromJoining,
}
