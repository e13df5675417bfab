use base::Timestamp;
use domain::settings::{CurrentSettings, SettingsChanges};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::given::{given, version};
use crate::schema;

/// Declares the settings as they are shown and changed; a new one is one line here.
macro_rules! settings {
    ($($(#[doc = $meaning:literal])+ $field:ident: $type:ty;)+) => {
        /// How a tenant's chat behaves.
        #[derive(Debug, Clone, Serialize, ToSchema)]
        pub struct TenantSettings {
            $($(#[doc = $meaning])+ pub $field: $type,)+
            /// When the settings were changed last.
            #[schema(value_type = schema::Timestamp)]
            pub updated_at: Timestamp,
            /// Rises with each change, from 1.
            #[schema(minimum = 1)]
            pub version: i64,
        }

        /// Changes the given settings.
        #[derive(Debug, Clone, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        pub struct TenantSettingsPatch {
            $(
                $(#[doc = $meaning])+
                #[serde(default, deserialize_with = "given")]
                #[schema(nullable = false)]
                pub $field: Option<$type>,
            )+
            /// The version that was read; another one that stands is 409 `version_conflict`.
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
    /// What a new participant sees of the past.
    history: History;
    /// Whether a first valid token for an unknown external id makes the user.
    create_users: bool;
    /// Whether users may give their conversations an `external_id`; servers always may. The names are then anybody's: a
    /// server that asks for one may be answered with a conversation that a user made.
    users_set_external_ids: bool;
    /// Whether users cannot bring together, in groups and private channels, users of whom one blocks another; servers
    /// always can.
    block_checks_in_groups: bool;
    /// Whether users may change their own `metadata`; servers always may. Set it only if no server trusts what it
    /// says.
    users_set_metadata: bool;
    /// Which users see whether a user is online, and when they were last.
    presence_visibility: PresenceVisibility;
}

/// Which users see whether a user is online, and when they were last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PresenceVisibility {
    /// All users of the tenant.
    All,
    /// Friends, and members of a conversation that both are in and that the `presence` frame names.
    SharedConversation,
    /// Friends only.
    Friends,
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
