use store::Changes;

use super::{History, PresenceVisibility, TenantSettings};

/// Declares the settings with their defaults. A new one is one line here, one optional field of
/// [`TenantSettings`], and one line of the wire's.
macro_rules! settings {
    ($($(#[doc = $meaning:literal])+ $field:ident: $type:ty = $default:expr;)+) => {
        /// The settings of a tenant.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct Settings {
            $($(#[doc = $meaning])+ pub $field: $type,)+
        }

        impl Default for Settings {
            fn default() -> Self {
                Self { $($field: $default,)+ }
            }
        }

        /// What a request says of the settings; the others keep their value.
        #[derive(Clone, Copy, Debug, Default)]
        pub struct SettingsChanges {
            $($(#[doc = $meaning])+ pub $field: Option<$type>,)+
        }

        impl Settings {
            /// The stored settings; a field that was added later has its default.
            pub(super) fn of(stored: &TenantSettings) -> Self {
                let default = Self::default();
                Self { $($field: Option::<$type>::from(stored.$field).unwrap_or(default.$field),)+ }
            }

            pub(super) fn changed(self, changes: SettingsChanges) -> Self {
                Self { $($field: changes.$field.unwrap_or(self.$field),)+ }
            }

            pub(super) fn document(self) -> TenantSettings {
                TenantSettings { $($field: self.$field.into(),)+ }
            }

            pub(super) fn changes(self) -> Changes<TenantSettings> {
                Changes::new()$(.set(TenantSettings::$field, self.$field))+
            }
        }
    };
}

settings! {
    /// What new members see of a conversation's past.
    history: History = History::Whole;
    /// Whether the first valid token for an unknown external id creates the user.
    create_users: bool = true;
    /// Whether users may give their conversations an `external_id`.
    users_set_external_ids: bool = false;
    /// Whether a user who brings others together is held to the blocks among them.
    block_checks_in_groups: bool = true;
    /// Whether users may change their own `metadata`.
    users_set_metadata: bool = false;
    /// Which users see whether a user is online.
    presence_visibility: PresenceVisibility = PresenceVisibility::SharedConversation;
}
